import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The program of a pool's processes: beside this file in the package, seen from the bundle of the command, and in the sources. */
export function entryPath(): string {
  const path = fileURLToPath(new URL('../mold/entry.js', import.meta.url))
  return existsSync(path) ? path : fileURLToPath(new URL('../mold/entry.ts', import.meta.url))
}
