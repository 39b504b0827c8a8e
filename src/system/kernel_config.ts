import { readFileSync } from 'node:fs'
import { release } from 'node:os'

/** Whether the kernel was built with CONFIG_<name>; undefined when it does not tell. Costs a millisecond or two. */
export function hasKernelConfig(name: string): boolean | undefined {
  const config = readConfig()
  if (config === undefined) return undefined
  return config.includes(`\nCONFIG_${name}=y\n`)
}

function readConfig(): string | undefined {
  const readers = [
    // Loaded here: few programs ask for the configuration, and zlib costs every start some milliseconds.
    () => process.getBuiltinModule('node:zlib').gunzipSync(readFileSync('/proc/config.gz')).toString('latin1'),
    () => readFileSync(`/boot/config-${release()}`, 'latin1'),
  ]
  for (const read of readers) {
    try {
      return read()
    } catch {
      // Not every kernel carries its configuration, and not every distribution installs it.
    }
  }
  return undefined
}
