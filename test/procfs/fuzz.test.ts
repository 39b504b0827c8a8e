import assert from 'node:assert/strict'
import { BUILD_HOOK_TIMEOUT_MS } from './native/build.ts'
import { describeSmaps } from './native/describe.ts'
import { mutant, readCorpus } from './native/mutants.ts'
import { Replay, ReplayEnded, type Answer } from './native/replay.ts'

const SEED = Number(process.env['SMEM_FUZZ_SEED'] ?? 20261121)
const COUNT = Number(process.env['SMEM_FUZZ_COUNT'] ?? 200_000)
const BATCH = 500
const PIECES_EVERY = 4
const MOST_PIECES = 97
const MOST_CALLS = 100

describe('both parsers, on text that was tampered with', function () {
  const corpus = readCorpus()
  let replay: Replay

  before('build the sanitized parser', async function () {
    this.timeout(BUILD_HOOK_TIMEOUT_MS)
    replay = await Replay.start({ rows: false })
  })
  after(() => replay.close())

  it('agree on every file of the corpus', async () => {
    const answers = await replay.exchange(corpus.map(({ bytes }) => bytes))
    for (const [i, { name, bytes }] of corpus.entries()) requireSame(answers[i], bytes, `corpus file ${name}`, 1)
  })

  it(`agree on ${COUNT} mutations of the corpus (seed ${SEED})`, async function () {
    this.timeout(1000 * 300)
    for (let first = 0; first < COUNT; first += BATCH) {
      const inputs = Array.from({ length: Math.min(BATCH, COUNT - first) }, (_, i) => mutant(corpus, SEED, first + i))
      const answers = await replay.exchange(inputs)
        .catch(async (error: unknown) => { throw await blame(error, replay, inputs, first) })
      for (const [i, input] of inputs.entries()) {
        const piece = i % PIECES_EVERY === 0 ? 1 + ((first + i) % MOST_PIECES) : Infinity
        requireSame(answers[i], input, `SMEM_FUZZ_SEED=${SEED}, index ${first + i}`, piece)
      }
    }
  })
})

/** The TypeScript parser is fed the whole, then pieces of `piece` bytes unless that takes many calls. */
function requireSame(native: Answer | undefined, input: Buffer, what: string, piece: number): void {
  for (const source of ['smaps', 'rollup'] as const) {
    const whole = describeSmaps(source, input, 'hashed')
    if (whole !== native?.[source]) assert.equal(whole, native?.[source], reproduce(what, input))
    if (piece >= input.length || input.length / piece > MOST_CALLS) continue
    const split = describeSmaps(source, input, 'hashed', piece)
    if (split !== whole) assert.equal(split, whole, reproduce(`${what}, in pieces of ${piece}`, input))
  }
}

/** Finds the input that ended the replay program by asking for one at a time. */
async function blame(error: unknown, replay: Replay, inputs: readonly Buffer[], first: number): Promise<unknown> {
  if (!(error instanceof ReplayEnded)) return error
  for (const [i, input] of inputs.entries()) {
    if (i < error.answered) continue
    try {
      await replay.ask(input)
    } catch (cause) {
      return new Error(`${String(cause)}\n${reproduce(`SMEM_FUZZ_SEED=${SEED}, index ${first + i}`, input)}`, { cause })
    }
  }
  return error
}

function reproduce(what: string, input: Buffer): string {
  return `${what}: ${JSON.stringify(input.toString('latin1'))}`
}
