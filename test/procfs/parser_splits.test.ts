import assert from 'node:assert/strict'
import { describeSmaps } from './native/describe.ts'
import { BUILD_HOOK_TIMEOUT_MS } from './native/build.ts'
import { readCorpus } from './native/mutants.ts'
import { Replay } from './native/replay.ts'
import { recordBounds } from './native/text_parts.ts'

const KNOWN_SIZE = 1500

describe('text that ends anywhere', function () {
  let replay: Replay

  before('build the sanitized parser', async function () {
    this.timeout(BUILD_HOOK_TIMEOUT_MS)
    replay = await Replay.start({ rows: false })
  })
  after(() => replay.close())

  for (const { name, bytes } of readCorpus()) {
    it(`gives the same from both parsers, cut at every byte: ${name}`, async () => {
      const [, end] = recordBounds(bytes)[1] ?? [0, bytes.length]
      const text = bytes.subarray(0, Math.min(end, KNOWN_SIZE))
      const cuts = Array.from({ length: text.length + 1 }, (_, size) => text.subarray(0, size))
      const answers = await replay.exchange(cuts)
      for (const [size, cut] of cuts.entries()) {
        for (const source of ['smaps', 'rollup'] as const) {
          assert.equal(describeSmaps(source, cut, 'hashed'), answers[size]?.[source], `${source} cut at ${size}`)
        }
      }
    })
  }

  it('gives the same from the TypeScript parser, fed in two pieces that meet at every byte', () => {
    for (const { name, bytes } of readCorpus()) {
      const text = bytes.subarray(0, KNOWN_SIZE)
      const whole = describeSmaps('smaps', text, 'hashed')
      for (let size = 1; size < text.length; size += 1) {
        assert.equal(describeSmaps('smaps', text, 'hashed', size), whole, `${name} in pieces of ${size}`)
      }
    }
  })
})
