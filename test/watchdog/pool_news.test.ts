import assert from 'node:assert/strict'
import type { PoolWorker } from '../../src/pool/index.ts'
import { Kennel, MB } from './support/fakes.ts'

const worker: PoolWorker = {
  id: 3, slot: 2, pid: 4711, state: 'terminating', generation: 0, startedAt: 0, readyAt: 0, report: undefined,
}
const spent = 'the pool cannot keep up: \x1b[2J it says'

describe('what the pool tells of trouble', () => {
  const plan = (): { uss: number; shared: number } => ({ uss: MB, shared: 0 })

  it('reaches the logger, each in one sentence, and nobody else twice', () => {
    const lines: string[] = []
    const warn = (text: string): number => lines.push(text)
    const kennel = new Kennel({ size: 1, plan }, { workerUss: '1GB', logger: { info: assert.fail, warn, error: assert.fail } })
    const reason = 'worker 7 (pid 4712) ended with exit code 1 before it was ready'
    kennel.pool.emit('startFailed', { slot: 2, reason, retryInMs: 2000 })
    kennel.pool.emit('startFailed', { slot: 2, reason, retryInMs: 0 })
    kennel.pool.emit('startFailed', { slot: 2, reason, retryInMs: Infinity })
    kennel.pool.emit('forced', { worker, signal: 'SIGKILL', reason: 'did not end within 5s of SIGTERM' })
    kennel.pool.emit('warning', spent)
    assert.deepEqual(lines, [
      `a start in slot 2 failed: ${reason}; the next try comes in 2 s`,
      `a start in slot 2 failed: ${reason}; the next try comes at once`,
      `a start in slot 2 failed: ${reason}; it is not tried again`,
      'worker 3 (slot 2, pid 4711) was sent SIGKILL: did not end within 5s of SIGTERM',
      'the pool cannot keep up: \\u{1b}[2J it says',
    ])
    assert.deepEqual(kennel.warnings, [spent])
    kennel.dog.close()
    kennel.pool.emit('warning', spent)
    assert.deepEqual([lines.length, kennel.warnings.length], [5, 1])
    assert.deepEqual(kennel.pool.eventNames(), [])
  })

  it('goes to standard error when nobody would see it, and only then', async () => {
    const seen: string[] = []
    const listen = ({ message }: Error): number => seen.push(message)
    process.on('warning', listen)
    try {
      for (const isHeard of [true, false]) {
        const kennel = new Kennel({ size: 1, plan }, { workerUss: '1GB' })
        kennel.dog.removeAllListeners('warning')
        if (isHeard) kennel.pool.on('warning', () => undefined)
        kennel.pool.emit('warning', spent)
        await kennel.run(0)
        assert.equal(seen.length, isHeard ? 0 : 1)
      }
    } finally {
      process.off('warning', listen)
    }
    assert.deepEqual(seen, ['the pool cannot keep up: \\u{1b}[2J it says'])
  })
})
