import assert from 'node:assert/strict'
import { toListRequest } from '../../src/cli/list_request.ts'
import { UsageError } from '../../src/cli/command.ts'
import type { Invocation } from '../../src/cli/command.ts'

function invocation(values: Invocation['values']): Invocation {
  const output = { write: () => Promise.resolve(), note: () => undefined, isTerminal: false, colour: false, columns: 80, rows: 24 }
  return { values, positionals: [], output, env: {} }
}

describe('the limits of the listing', () => {
  it('are sizes, times and numbers', () => {
    const { maxRss, budgetMs, threads } = toListRequest(invocation({ 'max-rss': '4G', budget: '50ms', threads: '2' }))
    assert.deepEqual([maxRss, budgetMs, threads], [4 * 1024 ** 3, 50, 2])
    assert.equal(toListRequest(invocation({ 'max-rss': '4096' })).maxRss, 4096)
  })

  for (const [name, value, message] of [
    ['budget', '50', "--budget: must be a time with its unit, such as 50ms or 30s, got '50'"],
    ['max-rss', 'big', "--max-rss: must be a size such as 512MB, or a number of bytes, got 'big'"],
    ['threads', '0', "--threads: must be a whole number from 1 to 256, got '0'"],
    ['threads', '1000', "--threads: must be a whole number from 1 to 256, got '1000'"],
    ['threads', 'two', "--threads: must be a whole number from 1 to 256, got 'two'"],
  ] as const) {
    it(`refuse --${name} ${value}, in the words of the command`, () => {
      assert.throws(() => toListRequest(invocation({ [name]: value })), (error) => {
        assert.ok(error instanceof UsageError)
        assert.equal(error.message, message)
        return true
      })
    })
  }
})
