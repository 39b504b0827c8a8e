import { constants } from 'node:os'
import { codeOf } from '../errors.ts'
import { backend } from '../native/index.ts'
import { MAX_TIMER_MS } from '../options.ts'

export interface ServiceNotifierOptions {
  /** Where $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID are looked up. @default process.env */
  env?: Readonly<Record<string, string | undefined>>
  /** Asked before each sign of life: none is given while it is false, and the manager restarts the service. @default true */
  healthy?: () => boolean
  /** Told, once for each, what keeps messages from being sent: one clause that says what would help. @default nobody */
  onProblem?: (problem: string) => void
  /** Sends a datagram; returns 0 or an errno. @default by the addon */
  send?: (address: string, text: string) => number
}

const { EAGAIN, ENOBUFS, ENOSYS, ENOENT, ECONNREFUSED } = constants.errno
const RETRY_MS = 100
/** A datagram has 4095 bytes at most, and a character up to three of them. */
const MAX_STATUS_LENGTH = 1000

/**
 * Tells the service manager that started this process how it is, as sd_notify(3) has it. With $WATCHDOG_USEC (WatchdogSec= of the
 * unit) a sign of life is given twice in that time until it is closed. Its timers keep no process alive.
 */
export class ServiceNotifier implements Disposable {
  readonly #address: string
  readonly #send: (address: string, text: string) => number
  readonly #onProblem: (problem: string) => void
  readonly #told = new Set<string>()
  /** What a full queue has kept back, by variable. */
  readonly #unsent = new Map<string, string>()
  #retry: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #status = ''

  /** Use `serviceNotifier`. */
  constructor(address: string, options: ServiceNotifierOptions) {
    const { env = process.env, healthy = () => true, onProblem = () => undefined } = options
    this.#address = address
    this.#send = options.send ?? ((to, text) => backend().sendNotify(to, text))
    this.#onProblem = onProblem
    const everyMs = heartbeatMs(env)
    if (everyMs === undefined) return
    this.#heartbeat = setInterval(() => {
      if (healthy()) this.#notify('WATCHDOG', '1')
    }, everyMs).unref()
  }

  /** It is up: what waits for the service goes on (Type=notify). */
  ready(status?: string): void {
    if (status !== undefined) this.status(status)
    this.#notify('READY', '1')
    this.#notify('WATCHDOG', '1')
  }

  /** One line that `systemctl status` shows. Sent when it is another than before. */
  status(text: string): void {
    if (text === this.#status) return
    this.#status = text
    this.#notify('STATUS', text.replaceAll(/[\n\r\0]+/g, ' ').slice(0, MAX_STATUS_LENGTH))
  }

  /** It is on its way out. */
  stopping(status?: string): void {
    if (status !== undefined) this.status(status)
    this.#notify('STOPPING', '1')
  }

  /** Gives no further sign of life, and tries nothing again. */
  close(): void {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#retry)
    this.#unsent.clear()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #notify(variable: string, value: string): void {
    if (variable === 'WATCHDOG' && this.#heartbeat === undefined) return
    this.#unsent.set(variable, value)
    this.#flush()
  }

  #flush(): void {
    clearTimeout(this.#retry)
    const text = Array.from(this.#unsent, ([variable, value]) => `${variable}=${value}`).join('\n')
    const errno = this.#send(this.#address, text)
    if (errno === EAGAIN || errno === ENOBUFS) {
      this.#retry = setTimeout(() => this.#flush(), RETRY_MS).unref()
      return
    }
    this.#unsent.clear()
    if (errno === 0) return
    const problem = problemOf(errno)
    if (this.#told.has(problem)) return
    this.#told.add(problem)
    this.#onProblem(problem)
  }
}

/** For a process that a service manager has started and that is to tell how it is ($NOTIFY_SOCKET); undefined for any other. */
export function serviceNotifier(options: ServiceNotifierOptions = {}): ServiceNotifier | undefined {
  const address = (options.env ?? process.env)['NOTIFY_SOCKET']
  if (address === undefined || address === '') return undefined
  if (/^[/@]./.test(address)) return new ServiceNotifier(address, options)
  options.onProblem?.('NOTIFY_SOCKET is neither a path nor an abstract socket: the service manager is told nothing')
  return undefined
}

/** Half of the time after which the manager takes this process for dead; undefined when it does not watch this process. */
function heartbeatMs(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const { WATCHDOG_USEC: usec = '', WATCHDOG_PID: pid = '' } = env
  if (!/^[1-9]\d*$/.test(usec) || (pid !== '' && pid !== String(process.pid))) return undefined
  return Math.min(MAX_TIMER_MS, Math.max(1, Number(usec) / 1000 / 2))
}

function problemOf(errno: number): string {
  switch (errno) {
    case ENOSYS:
      return 'the service manager cannot be told anything without the addon of smem-ts: use Type=simple, and no WatchdogSec='
    case ENOENT:
    case ECONNREFUSED:
      return `nobody listens at NOTIFY_SOCKET (${codeOf(errno)}): the service manager is told nothing`
    default:
      return `the service manager could not be told: ${codeOf(errno)} (the rights of NOTIFY_SOCKET say who may)`
  }
}
