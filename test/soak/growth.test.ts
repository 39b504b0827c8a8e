import assert from 'node:assert/strict'
import { checkGrowth, type Footprint } from './support/growth.ts'

const MB = 2 ** 20
const STEADY: Footprint = { rss: 500 * MB, uss: 5 * MB, descriptors: 21, threads: 10, mappings: 2100 }
const samples = (at: (generation: number) => Partial<Footprint>): Footprint[] => (
  Array.from({ length: 30 }, (_, generation) => ({ ...STEADY, ...at(generation) })))

describe('the check for growth over a soak', () => {
  it('passes what comes and goes, and what fills at the beginning', () => {
    checkGrowth('it', samples((generation) => ({
      rss: STEADY.rss + Math.min(generation, 5) * 20 * MB + generation % 3 * 10 * MB, descriptors: 21 + generation % 2,
    })))
  })

  for (const [name, grown] of [
    ['rss', (generation: number) => ({ rss: STEADY.rss + generation * 3 * MB })],
    ['uss', (generation: number) => ({ uss: STEADY.uss + generation * 2 * MB })],
    ['descriptors', (generation: number) => ({ descriptors: 21 + Math.floor(generation / 5) })],
    ['threads', (generation: number) => ({ threads: generation > 15 ? 11 : 10 })],
    ['mappings', (generation: number) => ({ mappings: 2100 + generation * 20 })],
    ['rss', () => ({ rss: NaN })],
  ] as const) {
    it(`fails when ${name} ${Number.isNaN(Object.values(grown(1))[0]) ? 'could not be read' : 'grows with each generation'}`, () => {
      assert.throws(() => checkGrowth('it', samples(grown)), new RegExp(`${name} of it grew from`))
    })
  }

  it('fails when there are too few samples to say', () => {
    assert.throws(() => checkGrowth('it', samples(() => ({})).slice(0, 5)), /5 samples say nothing of growth: let it run longer/)
  })
})
