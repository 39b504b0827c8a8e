import type { SmemMapping } from '../../../src/report/smem/snapshot.ts'
import { splitWords } from './python_text.ts'

/**
 * The mappings in lines of smaps as smem 1.5 takes them, quirks included: the first word of a path is its name, an
 * address that comes twice counts once. Throws where smem does.
 */
export function parseSmapsAsSmem(lines: readonly string[]): SmemMapping[] {
  const mappings = new Map<number, { name: string, fields: Map<string, number> }>()
  let current: { name: string, fields: Map<string, number> } | undefined
  for (const line of lines) {
    const words = splitWords(line)
    const [first, second] = words
    if (first === undefined) throw new Error('a line without a word')
    if (words.at(-1) === 'kB') {
      if (current === undefined || second === undefined || !/^\d+$/.test(second)) throw new Error(`no figure: ${line}`)
      current.fields.set(first.slice(0, -1).toLowerCase(), Number(second))
    } else if (first.includes('-') && !first.includes(':')) {
      current = { name: words[5] ?? '<anonymous>', fields: new Map() }
      mappings.set(Number.parseInt(first, 16), current)
    }
  }
  return [...mappings.values()].map(({ name, fields }) => {
    const figure = (field: string): number => fields.get(field) ?? 0
    return {
      name,
      size: figure('size'),
      rss: figure('rss'),
      pss: figure('pss'),
      sharedClean: figure('shared_clean'),
      sharedDirty: figure('shared_dirty'),
      privateClean: figure('private_clean'),
      privateDirty: figure('private_dirty'),
      referenced: figure('referenced'),
      swap: figure('swap'),
    }
  })
}
