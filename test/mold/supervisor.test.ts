import assert from 'node:assert/strict'
import { chooseWorker, type Nominee } from '../../src/mold/supervisor/choose.ts'
import { ForkQueue } from '../../src/mold/supervisor/fork_queue.ts'
import { Patience } from '../../src/mold/supervisor/patience.ts'
import { within } from '../support/wait_for.ts'

const HEAP = { usedHeapSize: 1, totalHeapSize: 2, heapSizeLimit: 3, externalMemory: 4, mallocedMemory: 5 }

function nominee(id: number, requests: number | undefined, unsafe: readonly string[] = [], state: 'serving' | 'draining' = 'serving'): Nominee {
  return { worker: { id, state, report: requests === undefined ? undefined : { at: 0, requests, heap: HEAP } }, unsafe }
}

describe('the choice of the worker that becomes the mold', () => {
  it('is the one with the most requests', () => {
    assert.equal(chooseWorker([nominee(1, 5), nominee(2, 70), nominee(3, 6)]), 2)
  })

  it('is none that cannot be forked or does not serve', () => {
    assert.equal(chooseWorker([nominee(1, 5), nominee(2, 70, ['a thread']), nominee(3, 90, [], 'draining'), nominee(4, undefined)]), 1)
  })

  it('is the oldest where none has served anything', () => {
    assert.equal(chooseWorker([nominee(4, undefined), nominee(5, 0)]), 4)
  })

  it('fails with the reasons, each once', () => {
    assert.throws(() => chooseWorker([nominee(1, 5, ['a', 'b']), nominee(2, 5, ['a'])]), /^Error: no worker can become a mold: a; b$/)
    assert.throws(() => chooseWorker([nominee(1, 5, [], 'draining')]), /^Error: no worker serves$/)
  })
})

describe('the queue of forks', () => {
  it('gives one at a time, in order', () => {
    const queue = new ForkQueue()
    for (const id of [1, 2, 3]) queue.add(id)
    assert.equal(queue.take(), 1)
    assert.equal(queue.take(), undefined)
    queue.done()
    assert.equal(queue.take(), 2)
  })

  it('lets go of those that are not under way yet', () => {
    const queue = new ForkQueue()
    for (const id of [1, 2, 3]) queue.add(id)
    queue.take()
    assert.deepEqual([1, 2, 2, 9].map((id) => queue.cancel(id)), [false, true, false, false])
    queue.done()
    assert.equal(queue.take(), 3)
    queue.done()
    assert.equal(queue.take(), undefined)
  })
})

describe('patience', () => {
  it('ends once, after its time', async () => {
    await within(new Promise<void>((resolve) => new Patience(5, resolve)), 1000 * 10, 'it ends')
  })

  it('does not end when it is over', async () => {
    const patience = new Patience(1, () => assert.fail('it was ended before'))
    patience.end()
    await new Promise((resolve) => setTimeout(resolve, 20))
  })
})
