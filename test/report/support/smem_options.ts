export interface ParsedOptions {
  readonly view: 'm' | 'u' | 'w' | undefined
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, string>
}

/** The short options of smem; enough of a parser for the recorded runs. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  for (let index = 0; index < args.length; index++) {
    const letters = args[index]?.slice(1) ?? ''
    if ('cPMUsRK'.includes(letters)) values.set(letters, args[++index] ?? '')
    else for (const letter of letters) flags.add(letter)
  }
  const view = (['m', 'u', 'w'] as const).find((letter) => flags.has(letter))
  return { view, flags, values }
}
