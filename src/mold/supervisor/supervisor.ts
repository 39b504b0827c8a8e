import { MAX_TIMER_MS } from '../../options.ts'
import { PoolEngine, type PoolEmit, type PoolEvents } from '../../pool/index.ts'
import { ControlServer, type ProcessMessage } from '../control/index.ts'
import type { CheckedMoldPool } from '../mold_pool_options.ts'
import { giveTo } from '../owner.ts'
import type { ListeningSocket } from '../sockets.ts'
import { Crew, ForkRefused } from './crew.ts'
import { endMember } from './ending.ts'
import { ForkQueue } from './fork_queue.ts'
import type { Member } from './member.ts'
import { Molds } from './molds.ts'
import { Reforks, type Refork } from './reforks.ts'

export interface SupervisorEvents extends PoolEvents {
  /** All workers have been replaced by copies of one of them, or that has failed. */
  refork: [refork: Refork]
}

export type SupervisorEmit = <Name extends keyof SupervisorEvents>(name: Name, ...event: SupervisorEvents[Name]) => void

/** Copies cost little beside the workers that they replace: the next one starts while the one before still ends. */
const SURGE_OF_COPIES = 2

const clock = (): number => performance.now()

/**
 * Keeps the processes of a pool as they are wanted: the engine decides how many workers there are and who is replaced, and this
 * carries it out, by a mold that forks, or by programs of their own. It runs no code of the application.
 */
export class Supervisor {
  readonly engine: PoolEngine
  readonly crew: Crew
  readonly molds: Molds
  readonly reforks: Reforks
  readonly #options: CheckedMoldPool
  readonly #copies: boolean
  readonly #emit: SupervisorEmit
  readonly #queue = new ForkQueue()
  #control: ControlServer | undefined
  #isRecovering = false
  #isClosed = false
  #closing: Promise<void> | undefined
  #soon: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined

  /** `copies`: workers are forked from a mold. */
  constructor(options: CheckedMoldPool, sockets: readonly ListeningSocket[], copies: boolean, emit: SupervisorEmit) {
    this.#options = options
    this.#copies = copies
    this.#emit = emit
    const { limitOptions } = options
    const warn = (warning: string): void => emit('warning', warning)
    this.crew = new Crew({
      options, sockets,
      listener: {
        identified: (member) => this.engine.identified(member.id),
        connected: (member) => this.#connected(member),
        message: (member, message) => this.#hear(member, message),
        ended: (member) => this.#ended(member),
        lost: (member) => this.molds.lost(member),
        warning: warn,
      },
    })
    this.molds = new Molds({ crew: this.crew, options, clock, warn, onOffice: () => this.tickSoon() })
    this.engine = new PoolEngine({
      clock, emit: emit as PoolEmit,
      limits: copies ? { ...limitOptions, maxSurge: limitOptions.maxSurge ?? SURGE_OF_COPIES } : limitOptions,
      driver: {
        spawn: (slot, generation) => this.#spawn(slot, generation),
        pidOf: (id) => this.crew.find(id)?.pid ?? 0,
        drain: (id) => {
          if (!this.reforks.takes(id)) this.crew.find(id)?.want({ type: 'drain', timeoutMs: options.limits.drainTimeout })
        },
        kill: (id, signal) => this.#signal(id, signal),
        // One that is being forked waits for its mold.
        doing: (id) => (this.crew.find(id)?.pid === 0 ? this.molds.office : this.crew.find(id))?.doing,
      },
    })
    this.reforks = new Reforks({
      engine: this.engine, crew: this.crew, molds: this.molds, options, clock, warn, tickSoon: () => this.tickSoon(),
      onEnd: (result) => emit('refork', result),
    })
  }

  /** Boots the first mold. Rejects when the application cannot be loaded. */
  async start(): Promise<void> {
    this.#control = await ControlServer.listen((connection, hello) => this.crew.register(connection, hello), ({ message }) => {
      this.#emit('warning', `a process of the pool could not be heard: ${message}`)
    })
    this.crew.control = this.#control
    if (this.#isClosed) {
      this.#control.close()
      throw new Error('the pool was closed as it started')
    }
    if (this.#options.owner !== undefined) giveTo(this.#options.owner, this.#control.path)
    if (this.#copies) await this.molds.boot(0)
    this.engine.grow(this.#options.workers)
    this.tickSoon()
  }

  /** In a turn of its own, as the engine asks for. */
  tickSoon(): void {
    if (this.#isClosed) return
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined
      this.#tick()
    })
  }

  /** Ends all processes, with the deadlines of the pool. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends all processes by SIGKILL, which they have been sent when this returns. Resolves when all have been reaped. */
  async kill(): Promise<void> {
    this.crew.kill()
    await this.close()
  }

  #spawn(slot: number, generation: number): number {
    const member = this.crew.add('worker', slot, generation)
    if (this.#copies) this.#queue.add(member.id)
    else this.crew.spawn(member)
    this.tickSoon()
    return member.id
  }

  #signal(id: number, signal: 'SIGTERM' | 'SIGKILL'): void {
    const member = this.crew.find(id)
    // One that waits for a mold: its end is told in a later turn, as that of any other.
    if (this.#queue.cancel(id)) setImmediate(() => member?.notStarted('was not wanted any more'))
    else member?.signal(signal)
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    clearImmediate(this.#soon)
    clearTimeout(this.#timer)
    this.engine.close()
    this.molds.close()
    this.reforks.close()
    const { drainTimeout, exitGrace, termTimeout } = this.#options.limits
    const asked = new Set<Member>()
    const next = (): Member[] => this.crew.members().filter((member) => !asked.has(member))
    // Those who say hello, or are found, while the others end.
    for (let members = next(); members.length > 0; members = next()) {
      await Promise.all(members.map(async (member) => {
        asked.add(member)
        if (this.#queue.cancel(member.id)) {
          member.notStarted('was not wanted any more')
          return
        }
        member.want(member.role === 'worker' ? { type: 'drain', timeoutMs: drainTimeout } : { type: 'exit' })
        const graceMs = member === this.molds.office || member === this.molds.booting ? exitGrace : drainTimeout
        const isGone = await endMember(member, { graceMs, termMs: termTimeout })
        if (!isGone) this.#emit('warning', `${member.name} has not ended after SIGKILL: the kernel holds it`)
      }))
      this.crew.endAllStrays()
    }
    this.crew.close()
    this.#control?.close()
  }

  #connected(member: Member): void {
    if (member.role === 'worker') member.askForReports()
  }

  #hear(member: Member, message: ProcessMessage): void {
    const { id } = member
    if (message.type === 'warning') this.#emit('warning', `${member.name}: ${message.warning}`)
    if (member.role !== 'worker') return
    if (message.type === 'ready') this.engine.ready(id)
    if (message.type === 'drained') this.engine.drained(id)
    if (message.type === 'report') {
      member.unsafe = message.unsafe
      this.engine.report(id, { at: clock(), requests: message.requests, heap: message.heap })
    }
    this.tickSoon()
  }

  #ended(member: Member): void {
    const { id, role, ending, failure } = member
    if (role === 'worker' && member.pid === 0) this.engine.notStarted(id, failure ?? 'could not be started')
    else if (role === 'worker') this.engine.exited(id, ending?.code ?? null, ending?.signal ?? null, failure)
    if (this.molds.ended(member) && !this.#isClosed) this.#emit('warning', `${member.name} ${member.end}; the workers serve on`)
    this.tickSoon()
  }

  #tick(): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    let next = this.engine.tick() ?? Infinity
    if (this.#copies) {
      this.molds.consider()
      void this.#forkNext()
      void this.#recover()
      next = Math.min(next, this.reforks.level() ?? Infinity)
    }
    if (next === Infinity) return
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.max(0, next - clock()), MAX_TIMER_MS))
  }

  /** One child at a time. */
  async #forkNext(): Promise<void> {
    const mold = this.molds.office
    if (mold?.isConnected !== true) return
    const id = this.#queue.take()
    if (id === undefined) return
    const child = this.crew.find(id)
    try {
      if (child !== undefined) await this.crew.fork(mold, child)
      this.molds.forked(mold)
    } catch (error) {
      if (child !== undefined) this.#forkFailed(mold, child, error as Error)
    } finally {
      this.#queue.done()
      this.tickSoon()
    }
  }

  #forkFailed(mold: Member, child: Member, error: Error): void {
    if (child.ending !== undefined) return
    if (child.pid !== 0) {
      child.failure = error.message
      child.signal('SIGKILL')
      return
    }
    child.notStarted(`was not forked: ${error.message}`)
    if (error instanceof ForkRefused) this.molds.refused(mold, error.message)
    if (error instanceof ForkRefused || !mold.isConnected) return
    this.#emit('warning', `${mold.name} does not fork any more, and is ended: ${error.message}`)
    mold.signal('SIGKILL')
  }

  /** Without a mold: the warmest worker becomes one, and if that cannot be, the application is loaded anew. */
  async #recover(): Promise<void> {
    if (this.molds.office !== undefined || this.#isRecovering || this.reforks.isReforking) return
    this.#isRecovering = true
    try {
      const serving = this.engine.workers().filter(({ state }) => state === 'serving').length
      if (serving > 1 && this.reforks.isAllowed) await this.reforks.refork()
      if (this.molds.office === undefined) await this.molds.recover(() => this.engine.generation)
    } finally {
      this.#isRecovering = false
      this.tickSoon()
    }
  }
}
