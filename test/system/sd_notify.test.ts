import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { serviceNotifier, type ServiceNotifierOptions } from '../../src/system/index.ts'
import { isNative } from '../support/backends.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { NotifySocket } from '../support/notify_socket.ts'
import { skip } from '../support/skip.ts'
import { waitFor } from '../support/wait_for.ts'

const { EAGAIN, ENOSYS } = constants.errno
const DEADLINE_MS = 1000 * 20

/** A notifier whose datagrams go nowhere. */
function recorded(env: Record<string, string>, options: ServiceNotifierOptions = {}, errno: () => number = () => 0) {
  const sent: string[] = []
  const problems: string[] = []
  const notifier = serviceNotifier({
    env: { NOTIFY_SOCKET: '/run/notify', ...env },
    send: (_address, text) => {
      sent.push(text)
      return errno()
    },
    onProblem: (problem) => problems.push(problem),
    ...options,
  })
  return { sent, problems, notifier: notifier ?? assert.fail('no notifier') }
}

describe('the notifier of the service manager', () => {
  it('is there only for a process that the manager has started', () => {
    assert.equal(serviceNotifier({ env: {} }), undefined)
    assert.equal(serviceNotifier({ env: { NOTIFY_SOCKET: '' } }), undefined)
  })

  it('says so when the address is of a kind that it does not know', () => {
    const problems: string[] = []
    const onProblem = (problem: string): void => void problems.push(problem)
    assert.equal(serviceNotifier({ env: { NOTIFY_SOCKET: 'vsock:2:1234' }, onProblem }), undefined)
    assert.deepEqual(problems, ['NOTIFY_SOCKET is neither a path nor an abstract socket: the service manager is told nothing'])
  })

  for (const kind of ['path', 'abstract'] as const) {
    it(`reaches a real socket: ${kind}`, async function () {
      if (!isNative()) skip(this, 'datagrams of Unix sockets need the addon')
      await using socket = await NotifySocket.open(kind)
      const before = countDescriptors()
      using notifier = serviceNotifier({ env: { NOTIFY_SOCKET: socket.address } })
      assert.ok(notifier)
      notifier.ready('watches 2 processes')
      notifier.stopping('done: é')
      await waitFor(() => socket.messages.length >= 4, DEADLINE_MS, 'four datagrams')
      assert.deepEqual(socket.messages, ['STATUS=watches 2 processes', 'READY=1', 'STATUS=done: é', 'STOPPING=1'])
      assert.equal(countDescriptors(), before)
    })
  }

  it('says once that nobody listens', function () {
    if (!isNative()) skip(this, 'datagrams of Unix sockets need the addon')
    const problems: string[] = []
    const env = { NOTIFY_SOCKET: '@smem-ts-nobody-listens-here' }
    using notifier = serviceNotifier({ env, onProblem: (problem) => problems.push(problem) })
    notifier?.ready()
    notifier?.status('again')
    assert.deepEqual(problems, ['nobody listens at NOTIFY_SOCKET (ECONNREFUSED): the service manager is told nothing'])
  })

  it('says what it needs where datagrams cannot be sent', () => {
    const { notifier, problems } = recorded({}, {}, () => ENOSYS)
    notifier.ready()
    notifier.ready()
    assert.deepEqual(problems, [
      'the service manager cannot be told anything without the addon of smem-ts: use Type=simple, and no WatchdogSec=',
    ])
  })

  it('refuses addresses that no socket has', function () {
    if (!isNative()) skip(this, 'datagrams of Unix sockets need the addon')
    const problems: string[] = []
    using notifier = serviceNotifier({ env: { NOTIFY_SOCKET: `/${'x'.repeat(200)}` }, onProblem: (problem) => problems.push(problem) })
    notifier?.ready()
    assert.match(problems[0] ?? '', /ENAMETOOLONG/)
  })

  it('keeps what a full queue refuses, and sends it together later, the newest status only', async () => {
    let errno = EAGAIN
    const { notifier, sent, problems } = recorded({}, {}, () => errno)
    notifier.status('first')
    notifier.ready('second')
    errno = 0
    const refused = sent.splice(0).length
    await waitFor(() => sent.length > 0, DEADLINE_MS, 'the rest is sent')
    assert.deepEqual([refused, sent.splice(0), problems], [3, ['STATUS=second\nREADY=1'], []])
    notifier.status('third')
    notifier.status('third')
    assert.deepEqual(sent, ['STATUS=third'], 'what is known already is not sent again')
    notifier.close()
  })

  it('gives signs of life only when the manager watches this process', async () => {
    for (const env of [
      {}, { WATCHDOG_USEC: '0' }, { WATCHDOG_USEC: 'soon' }, { WATCHDOG_USEC: '2000', WATCHDOG_PID: String(process.pid + 1) },
    ]) {
      const { notifier, sent } = recorded(env)
      notifier.ready()
      notifier.close()
      assert.deepEqual(sent, ['READY=1'], JSON.stringify(env))
    }
    for (const env of [{ WATCHDOG_USEC: '20000' }, { WATCHDOG_USEC: '20000', WATCHDOG_PID: String(process.pid) }]) {
      const { notifier, sent } = recorded(env)
      const before = performance.now()
      await waitFor(() => sent.length >= 3, DEADLINE_MS, 'three signs of life')
      assert.ok(performance.now() - before >= 25, 'one each half of the time')
      notifier.close()
      assert.ok(sent.every((text) => text === 'WATCHDOG=1'), JSON.stringify(sent))
    }
  })

  it('gives no sign of life while the service is not well', async () => {
    let asked = 0
    let healthy = false
    const { notifier, sent } = recorded({ WATCHDOG_USEC: '4000' }, {
      healthy: () => {
        asked++
        return healthy
      },
    })
    await waitFor(() => asked >= 3, DEADLINE_MS, 'the third sign of life is due')
    assert.deepEqual(sent, [])
    healthy = true
    await waitFor(() => sent.length > 0, DEADLINE_MS, 'a sign of life')
    notifier.close()
  })

  it('keeps a status to one line of lawful length', () => {
    const { notifier, sent } = recorded({})
    notifier.status(`a\nREADY=1\0b${'x'.repeat(5000)}`)
    assert.match(sent[0] ?? '', /^STATUS=a READY=1 bx+$/)
    assert.equal(sent[0]?.length, 1007)
  })
})
