import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { defineApp } from '../../src/mold.ts'
import { findProblems } from '../../src/mold/process/canary.ts'

const start = (): undefined => undefined
const load = start

describe('the trial of a copy', () => {
  it('has nothing to say of a process that works, and has tried the system for a name', async () => {
    const resources = new Set<string>()
    const hook = createHook({ init: (_, type) => resources.add(type) }).enable()
    try {
      assert.deepEqual(await findProblems(defineApp({ load, start }), undefined, () => undefined), [])
    } finally {
      hook.disable()
    }
    // From Node 26 on files are read by callbacks beneath promises.
    for (const type of [/^Timeout$/, /^FSREQ(PROMISE|CALLBACK)$/, /^GETADDRINFOREQWRAP$/, /^PBKDF2REQUEST$/, /^ZLIB$/]) {
      assert.ok([...resources].some((name) => type.test(name)), `${type} is not among ${[...resources].join(', ')}`)
    }
  })

  it('says what the application has against it', async () => {
    const check = (): void => {
      throw new Error('no')
    }
    const tried: string[] = []
    const problems = await findProblems(defineApp({ load, start, check }), undefined, (what) => tried.push(what))
    assert.deepEqual([problems, tried.at(-1)], [['check() of the application: no'], 'check() of the application'])
  })
})
