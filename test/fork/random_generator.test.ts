import assert from 'node:assert/strict'
import { runScript } from '../support/run_script.ts'

describe('Math.random of a process that forks', () => {
  it('looks like that of V8, is even, and begins another sequence when it is seeded', async () => {
    const { code, stderr } = await runScript(`
      import assert from 'node:assert/strict'
      import { installRandom, seedRandom } from './src/fork/random_generator.ts'
      const before = Object.getOwnPropertyDescriptor(Math, 'random')
      installRandom()
      const after = Object.getOwnPropertyDescriptor(Math, 'random')
      assert.notEqual(after.value, before.value)
      assert.deepEqual({ ...after, value: 0 }, { ...before, value: 0 })
      assert.deepEqual([Math.random.name, Math.random.length], ['random', 0])
      assert.throws(() => new Math.random(), TypeError)
      installRandom()
      assert.equal(Math.random, after.value)

      const buckets = new Array(64).fill(0)
      const low = new Array(64).fill(0)
      for (let i = 0; i < 640_000; i++) {
        const number = Math.random()
        assert.ok(number >= 0 && number < 1)
        buckets[Math.floor(number * 64)]++
        low[(number * 2 ** 53) % 64]++
      }
      // Standard deviation 100 around 10,000; seven of them never happen.
      for (const count of [...buckets, ...low]) assert.ok(Math.abs(count - 10_000) < 700, String(count))
      const draw = () => Array.from({ length: 4 }, () => Math.random()).join()
      const drawn = new Set([draw()])
      for (let i = 0; i < 20; i++) drawn.add((seedRandom(), draw()))
      assert.equal(drawn.size, 21)
    `)
    assert.deepEqual([code, stderr], [0, ''])
  })
})
