import { readdirSync, readlinkSync } from 'node:fs'

/** How many file descriptors this process has open. */
export function countDescriptors(): number {
  return readdirSync('/proc/self/fd').length - 1 // the one that lists them
}

/** How many of them lead to this path. */
export function countDescriptorsOf(path: string): number {
  return readdirSync('/proc/self/fd').filter((name) => linkOf(`/proc/self/fd/${name}`) === path).length
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined // closed meanwhile, as the one that lists them
  }
}
