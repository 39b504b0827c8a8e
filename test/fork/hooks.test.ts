import assert from 'node:assert/strict'
import { afterFork, afterForkInParent, afterPromote, beforeFork, beforePromote, runHooks, type HookPoint, type RemoveHook } from '../../src/fork/index.ts'

describe('the hooks of forks and promotions', () => {
  const registered: RemoveHook[] = []
  let order: string[]
  const note = (text: string) => async (): Promise<void> => {
    await null
    order.push(text)
  }
  beforeEach(() => (order = []))
  afterEach(() => {
    for (const remove of registered.splice(0)) remove()
  })

  it('run one after the other, those before something in reverse order', async () => {
    for (const add of [beforeFork, afterFork, afterForkInParent, beforePromote, afterPromote]) {
      registered.push(add(note('first')), add(note('second')))
    }
    const points: Record<HookPoint, string> = {
      beforeFork: 'second first', beforePromote: 'second first',
      afterFork: 'first second', afterForkInParent: 'first second', afterPromote: 'first second',
    }
    for (const [point, expected] of Object.entries(points)) {
      order = []
      await runHooks(point as HookPoint)
      assert.equal(order.join(' '), expected, point)
    }
  })

  it('run no more once they have been taken out', async () => {
    const remove = beforeFork(note('gone'))
    registered.push(beforeFork(note('there')))
    remove()
    remove()
    await runHooks('beforeFork')
    assert.deepEqual(order, ['there'])
  })

  it('end at the first failure before a fork, and name the hook', async () => {
    const cause = new Error('the pool is busy')
    registered.push(beforeFork(note('first')), beforeFork(() => { throw cause }, 'database'), beforeFork(note('third')))
    await assert.rejects(runHooks('beforeFork'), {
      code: 'ERR_FORK_HOOK', message: "the beforeFork hook 'database' failed: the pool is busy", cause,
    })
    assert.deepEqual(order, ['third'])
  })

  it('all run after a fork, and name every one that failed', async () => {
    registered.push(
      afterFork(() => Promise.reject(new Error('one')), 'a'), afterFork(note('second')), afterFork(function named() { throw 'text' }),
    )
    await assert.rejects(runHooks('afterFork'), (error: Error) => {
      assert.equal(error.message, "the afterFork hook 'a' failed: one; the afterFork hook 'named' failed: 'text'")
      assert.ok(error.cause instanceof AggregateError)
      assert.equal(error.cause.errors.length, 2)
      return true
    })
    assert.deepEqual(order, ['second'])
  })

  it('are refused when they are none', () => {
    assert.throws(() => beforeFork(1 as never), { name: 'TypeError', message: 'the hook of beforeFork must be a function, got 1' })
    assert.throws(() => afterFork(() => undefined, ''), { name: 'TypeError' })
  })
})
