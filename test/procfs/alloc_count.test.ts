import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ALLOC_COUNT, BUILD_HOOK_TIMEOUT_MS, buildProgram, isGlibc } from './native/build.ts'

/** malloc, calloc, realloc, aligned_alloc, new and new[], once each. */
const ON_PURPOSE = '6'
const RUN_TIMEOUT_MS = 1000 * 30

describe('the C++ core takes no memory from the heap', function () {
  const counts = new Map<string, string>()

  before('build and run the counting program', async function () {
    this.timeout(BUILD_HOOK_TIMEOUT_MS + RUN_TIMEOUT_MS)
    if (!isGlibc()) return skip(this, "only glibc's allocator can be counted")
    const program = await buildProgram(ALLOC_COUNT)
    const { stdout } = await promisify(execFile)(program, { timeout: RUN_TIMEOUT_MS })
    for (const line of stdout.trimEnd().split('\n')) {
      const [name = '', count = ''] = line.split('=')
      counts.set(name, count)
    }
  })

  it('counts what is taken on purpose', () => {
    assert.equal(counts.get('on-purpose'), ON_PURPOSE)
  })

  for (const name of ['self-rollup', 'self-smaps', 'child-rollup', 'child-smaps', 'child-identity']) {
    it(`2000 times reading: ${name}`, function () {
      const count = counts.get(name)
      if (count?.startsWith('errno:') === true) return skip(this, `this system refuses it with errno ${count.slice(6)}`)
      assert.equal(count, '0')
    })
  }

  for (const name of ['parse-whole', 'parse-chunks', 'parse-bytes']) {
    it(`parsing 20000 mappings: ${name}`, () => {
      assert.equal(counts.get(name), '0')
    })
  }
})

function skip(test: Mocha.Context, reason: string): void {
  console.log(`      skipped: ${reason}`)
  test.skip()
}
