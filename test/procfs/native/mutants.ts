/** Endless deterministic inputs from the committed corpus: the same seed and index give the same bytes. */
import { readdirSync, readFileSync } from 'node:fs'
import { MUTATIONS, type Mutation } from './mutations.ts'
import { Random } from './random.ts'
import { recordBounds } from './text_parts.ts'

const CORPUS = new URL('../../fixtures/corpus/', import.meta.url)
const SMALL = 2048
const ALL: readonly Mutation[] = Object.values(MUTATIONS)

export interface CorpusFile {
  readonly name: string
  readonly bytes: Buffer
}

export function readCorpus(): CorpusFile[] {
  return readdirSync(CORPUS).sort().map((name) => ({ name, bytes: readFileSync(new URL(name, CORPUS)) }))
}

/** One input. Most are smaller than 4 KB, for what a large one shows, a small one shows sooner. */
export function mutant(corpus: readonly CorpusFile[], seed: number, index: number): Buffer {
  const random = new Random(seed ^ Math.imul(index + 1, 0x9e3779b1))
  let text = excerpt(random.pick(corpus).bytes, random)
  const other = excerpt(random.pick(corpus).bytes, random)
  for (let left = random.between(1, 4); left > 0; left -= 1) text = random.pick(ALL)(text, random, other)
  return text
}

/** The file if it is small; most often a few of its records if not. */
function excerpt(bytes: Buffer, random: Random): Buffer {
  if (bytes.length <= SMALL || random.oneIn(200)) return bytes
  const records = recordBounds(bytes)
  const first = random.below(records.length)
  const [from] = records[first] ?? [0]
  const [, to] = records[Math.min(records.length - 1, first + random.below(3))] ?? [0, bytes.length]
  return bytes.subarray(from, to)
}
