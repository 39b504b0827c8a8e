/** Options that belong to one process alone: with an inspector a mold could not be forked, and it has a program of its own. */
const OWN = /^(-i|--interactive|-e|-p|-pe|--eval|--print|--input-type|(--inspect|--debug)(-.*)?)$/
/** Of these, those whose value may be an argument of its own. */
const TAKES_VALUE = /^(-e|-p|-pe|--eval|--print|--input-type|--inspect-port|--debug-port|--inspect-publish-uid)$/

/** Options of Node, as of `process.execArgv`, without those of the inspector and of code on the command line. */
export function inheritedExecArgv(execArgv: readonly string[]): string[] {
  const inherited: string[] = []
  for (let at = 0; at < execArgv.length; at++) {
    const argument = execArgv[at] ?? ''
    const [given = ''] = argument.split('=', 1)
    const name = given.startsWith('--') ? given.replaceAll(/(?<=\w)_/g, '-') : given
    if (!OWN.test(name)) inherited.push(argument)
    // Node takes nothing for a value that begins with a dash; `node -p` without one reads its standard input.
    else if (!argument.includes('=') && TAKES_VALUE.test(name) && execArgv[at + 1]?.startsWith('-') === false) at++
  }
  return inherited
}
