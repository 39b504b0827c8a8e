import { readdirSync } from 'node:fs'

/** How many file descriptors this process has open. */
export function countDescriptors(): number {
  return readdirSync('/proc/self/fd').length - 1 // the one that lists them
}
