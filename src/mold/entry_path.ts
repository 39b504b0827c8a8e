import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A program of a pool's processes: beside this file in the package, seen from the bundle of the command, and in the sources. */
export function entryPath(name: 'entry' | 'entry_trial' = 'entry'): string {
  const path = fileURLToPath(new URL(`../mold/${name}.js`, import.meta.url))
  return existsSync(path) ? path : fileURLToPath(new URL(`../mold/${name}.ts`, import.meta.url))
}
