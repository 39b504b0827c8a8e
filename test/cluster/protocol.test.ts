import assert from 'node:assert/strict'
import { envelope, parsePrimaryMessage, parseWorkerMessage, type WorkerMessage } from '../../src/cluster/protocol.ts'

const heap = { usedHeapSize: 1, totalHeapSize: 2, heapSizeLimit: 3, externalMemory: 4, mallocedMemory: 5 }

describe('messages between primary and worker half', () => {
  const messages: WorkerMessage[] = [
    { type: 'hello', manual: true, ready: false },
    { type: 'ready' },
    { type: 'report', requests: 7, heap },
    { type: 'drained' },
    { type: 'detached' },
  ]
  for (const message of messages) {
    it(`carry ${message.type}`, () => {
      assert.deepEqual(parseWorkerMessage(JSON.parse(JSON.stringify(envelope(message)))), message)
    })
  }

  it('carry welcome and drain', () => {
    for (const message of [{ type: 'welcome', reportEveryMs: 2000 }, { type: 'drain', timeoutMs: 0 }] as const) {
      assert.deepEqual(parsePrimaryMessage(JSON.parse(JSON.stringify(envelope(message)))), message)
    }
  })

  const strange: unknown[] = [
    undefined, null, 'ready', 5, [], {}, { type: 'ready' }, { 'smem-ts': 2, type: 'ready' }, { 'smem-ts': 1 }, { 'smem-ts': 1, type: 'kill' },
    { 'smem-ts': 1, type: 'report' }, { 'smem-ts': 1, type: 'report', requests: -1, heap }, { 'smem-ts': 1, type: 'report', requests: 1, heap: null },
    { 'smem-ts': 1, type: 'report', requests: '5', heap }, { 'smem-ts': 1, type: 'report', requests: NaN, heap },
    { 'smem-ts': 1, type: 'report', requests: 1, heap: { ...heap, usedHeapSize: Infinity } },
    { 'smem-ts': 1, type: 'report', requests: 1, heap: { usedHeapSize: 1 } },
  ]
  for (const value of strange) {
    it(`are not ${JSON.stringify(value)}`, () => assert.equal(parseWorkerMessage(value), undefined))
  }

  it('carry nothing that was not asked for', () => {
    const report = parseWorkerMessage({ 'smem-ts': 1, type: 'report', requests: 1, heap: { ...heap, more: 6 }, more: 7 })
    assert.deepEqual(report, { type: 'report', requests: 1, heap })
  })

  it('do not set a worker\'s timers to nothing', () => {
    for (const reportEveryMs of [0, -5, NaN, '2000', undefined]) {
      assert.equal(parsePrimaryMessage({ 'smem-ts': 1, type: 'welcome', reportEveryMs }), undefined)
    }
    assert.equal(parsePrimaryMessage({ 'smem-ts': 1, type: 'drain', timeoutMs: -1 }), undefined)
  })
})
