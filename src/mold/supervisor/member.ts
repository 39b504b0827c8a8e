import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { codeOf } from '../../errors.ts'
import { backend } from '../../native/index.ts'
import { watchExit, type ExitWatch } from '../../fork/index.ts'
import { toStartTime } from '../../smaps/index.ts'
import type { ProcessConnection, ProcessMessage, Role, SupervisorMessage } from '../control/index.ts'
import type { Identity } from '../process/index.ts'
import { endText, type Ending } from './end_text.ts'
import { Hearing, type Take } from './hearing.ts'
import { readStat } from './read_stat.ts'

export interface MemberListener {
  /** Its process is known: `pid` is. */
  identified(member: Member): void
  connected(member: Member): void
  message(member: Member, message: ProcessMessage): void
  /** Its connection has gone, and it has not ended as far as is known. */
  lost(member: Member): void
  warning(warning: string): void
  ended(member: Member): void
}

const REPORT_EVERY_MS = 1000 * 2
/** When this process has no descriptor left, that it looks again. */
const LOOK_AGAIN_MS = 500
/** How long the end of a process is not told while its connection is still open, or its hello has not come. */
const LAST_WORDS_MS = 200

/** A process of the pool, as the supervisor sees it: from when it is asked for until it has been reaped. */
export class Member {
  readonly id: number
  readonly slot: number
  generation: number
  role: Role
  pid = 0
  ending: Ending | undefined
  /** What it said of why it ends. */
  failure: string | undefined
  /** What keeps it from being a mold, as it says. */
  unsafe: readonly string[] = []
  /** Resolves when it has been reaped, or is known never to be. */
  readonly ended: Promise<void>
  readonly #listener: MemberListener
  #resolveEnded: () => void = () => undefined
  /** undefined before its process has been looked at. */
  #startTicks: number | undefined
  #lookAgain: NodeJS.Timeout | undefined
  #connection: ProcessConnection | undefined
  #hasConnected = false
  #exit: ExitWatch | undefined
  /** The state that it is to come to; told again when it connects. */
  #wanted: SupervisorMessage | undefined
  #signal: 'SIGTERM' | 'SIGKILL' | undefined
  readonly #hearing = new Hearing()
  #settle: (() => void) | undefined

  constructor({ id, slot, generation, role }: Identity, listener: MemberListener) {
    this.id = id
    this.slot = slot
    this.generation = generation
    this.role = role
    this.#listener = listener
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen === true
  }

  /** In sentences. */
  get name(): string {
    const role = this.role === 'worker' ? `worker ${this.id}` : `the ${this.role}`
    return this.pid === 0 ? role : `${role} (pid ${this.pid})`
  }

  /** How it ended, to follow its name. */
  get end(): string {
    return this.failure ?? endText(this.ending)
  }

  /** What it does, as it said last, in a few words. */
  get doing(): string | undefined {
    return this.#hearing.doing
  }

  /** It was started with node:child_process, which reaps it. */
  spawned(child: ChildProcess): void {
    child.once('exit', (code, signal) => this.#ended({ code, signal }))
    child.once('error', (error) => {
      // No process: otherwise it is a signal that could not be sent.
      if (child.pid === undefined) this.notStarted(`could not be started: ${error.message}`)
    })
    if (child.pid !== undefined) this.#take(child.pid, (pid) => this.#identify(pid))
  }

  /** A mold has forked it: a child of this process that nobody else will reap. False when there is no such child. */
  forked(pid: number): boolean {
    return this.pid === 0 ? this.#take(pid, (its) => this.#watch(its)) : this.pid === pid
  }

  /** It will never be a process. */
  notStarted(reason: string): void {
    this.failure = reason
    this.#ended({ code: null, signal: null })
  }

  connect(connection: ProcessConnection, hello: ProcessMessage): void {
    this.#connection = connection
    this.#hasConnected = true
    connection.listener = { message: (message) => this.#hear(message), closed: () => this.#lost() }
    if (this.#wanted !== undefined) connection.send(this.#wanted)
    this.#hearing.tell(hello)
    this.#listener.connected(this)
  }

  send(message: SupervisorMessage): void {
    this.#connection?.send(message)
  }

  /** Has a worker report now, and regularly from now on. */
  askForReports(): void {
    this.send({ type: 'welcome', reportEveryMs: REPORT_EVERY_MS })
  }

  /** What it is to do from now on: said now, or when it connects. */
  want(message: SupervisorMessage): void {
    this.#wanted = message
    this.send(message)
  }

  /** @throws {Error} when the kernel refuses; a process that has ended is none of the reasons */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#signal = this.#signal === 'SIGKILL' ? this.#signal : signal
    if (this.#startTicks === undefined || this.ending !== undefined) return
    const errno = backend().signal(this.pid, this.#startTicks, constants.signals[signal])
    if (errno !== 0 && errno !== constants.errno.ESRCH) throw new Error(codeOf(errno))
  }

  async whenConnected(ms: number): Promise<void> {
    if (!this.isConnected) await this.hear(({ type }) => (type === 'hello' ? true : undefined), ms, 'has not said hello')
  }

  /** The first message that `take` takes. Rejects when it ends, fails, is not heard any more, or takes longer than `ms`. */
  async hear<Result>(take: Take<Result>, ms: number, what: string): Promise<Result> {
    if (this.ending !== undefined) throw this.#gone()
    return this.#hearing.hear(take, ms, (duration) => `${this.name} ${what} within ${duration}`)
  }

  /** Nothing is told of it any more. */
  close(): void {
    clearTimeout(this.#lookAgain)
    this.#connection?.close()
    this.#exit?.close()
  }

  /** One that this process has no descriptor left to look at is believed for now. */
  #take(pid: number, look: (pid: number) => boolean): boolean {
    try {
      return look(pid)
    } catch (error) {
      this.pid = pid
      this.#listener.identified(this)
      this.#listener.warning(`${this.name} cannot be watched for now: ${(error as Error).message}`)
      this.#takeSoon(pid, look)
      return true
    }
  }

  #takeSoon(pid: number, look: (pid: number) => boolean): void {
    this.#lookAgain = setTimeout(() => {
      try {
        if (!look(pid)) this.#ended({ code: null, signal: null })
      } catch {
        this.#takeSoon(pid, look)
      }
    }, LOOK_AGAIN_MS)
  }

  /** False when there is no such child. @throws {Error} when that cannot be told, or it cannot be watched */
  #watch(pid: number): boolean {
    if (!this.#identify(pid)) return false
    const startTime = toStartTime(this.#startTicks ?? 0)
    this.#exit = watchExit(pid, startTime, ({ code = null, signal = null }) => this.#ended({ code, signal }))
    return true
  }

  #identify(pid: number): boolean {
    const stat = readStat(pid)
    if (stat === undefined || stat.ppid !== process.pid) return false
    this.pid = pid
    this.#startTicks = stat.startTicks
    this.#listener.identified(this)
    if (this.#signal !== undefined) this.signal(this.#signal)
    return true
  }

  #hear(message: ProcessMessage): void {
    if (message.type === 'failed') {
      this.failure = message.reason
      this.#hearing.fail(new Error(`${this.name}: ${message.reason}`))
    }
    this.#hearing.tell(message)
    this.#listener.message(this, message)
  }

  #lost(): void {
    this.#connection = undefined
    if (this.ending !== undefined) return
    if (this.#settle !== undefined) {
      this.#settle()
      return
    }
    // It is ending, as a rule, and how is worth knowing.
    if (this.failure !== undefined) this.#hearing.fail(new Error(`${this.name}: ${this.failure}`))
    else this.#hearing.failSoon(new Error(`${this.name} closed its connection to the supervisor, or how it ended is not known`))
    this.#listener.lost(this)
  }

  /** What it said last may still be on its way. */
  #ended(ending: Ending): void {
    if (this.ending !== undefined || this.#settle !== undefined) return
    if (this.pid === 0 || (this.#hasConnected && !this.isConnected)) {
      this.#settleEnd(ending)
      return
    }
    // After two looks at what has come in, however late the timer is: a connection is taken in one, and read in the next.
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => this.#settle?.())), LAST_WORDS_MS)
    this.#settle = () => {
      clearTimeout(timer)
      this.#settle = undefined
      this.#settleEnd(ending)
    }
  }

  #settleEnd(ending: Ending): void {
    this.ending = ending
    this.#hearing.fail(this.#gone())
    this.#listener.ended(this)
    this.#resolveEnded()
    this.#connection?.close()
    this.#connection = undefined
  }

  #gone(): Error {
    return new Error(`${this.name} ${this.end}`)
  }
}
