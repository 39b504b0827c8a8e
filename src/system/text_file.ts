import { readFileSync } from 'node:fs'

/** The text of a small file of the kernel's; undefined when it cannot be read, for whatever reason. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** A file that holds one whole number; undefined when it cannot be read or holds something else, such as 'max'. */
export function readNumber(path: string): number | undefined {
  const text = readText(path)?.trim() ?? ''
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** 'name number' in each line, as memory.stat and memory.events have it; empty when it cannot be read. */
export function readCounts(path: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const line of readText(path)?.split('\n') ?? []) {
    const space = line.indexOf(' ')
    const value = Number(line.slice(space + 1))
    if (space > 0 && Number.isFinite(value)) counts.set(line.slice(0, space), value)
  }
  return counts
}
