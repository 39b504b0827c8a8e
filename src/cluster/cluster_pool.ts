import type { Address, Cluster, Worker } from 'node:cluster'
import { EventEmitter } from 'node:events'
import { PoolEngine, type PoolEvents, type PoolWorker, type RollOutcome, type WorkerPool } from '../pool/index.ts'
import { checkClusterPool, environmentFor, type CheckedClusterPool, type ClusterPoolOptions } from './cluster_pool_options.ts'
import { endQuietly, ForeignForks } from './foreign_forks.ts'
import { Member } from './member.ts'
import { parseWorkerMessage } from './protocol.ts'
import { lastLeftText, surplusText } from './warnings.ts'

const clock = (): number => performance.now()
/** Two pools would both replace each worker that ends. */
const supervised = new WeakSet<Cluster>()

/**
 * The workers of node:cluster as a pool: those that were forked before and those that are forked later, kept at their number, and
 * replaced so that the new one takes work before the old one ends. Belongs in the primary. Works best with `attachWorker` of
 * 'smem-ts/worker' in the workers; without it they are ended with `worker.disconnect()`, which resets keep-alive connections that
 * are idle at that moment.
 *
 * What leaves the pool: a worker that the primary tells to by `worker.disconnect()` is not replaced, and the pool shrinks by one;
 * so it is, without `size`, with one that leaves by itself.
 *
 * @throws {TypeError} on options that make no sense
 * @throws {Error} in a worker, and when the cluster has a pool already
 */
export class ClusterPool extends EventEmitter<PoolEvents> implements WorkerPool, Disposable {
  readonly kind = 'cluster'
  readonly primaryPid = process.pid
  readonly replaces = true
  readonly #cluster: Cluster
  readonly #options: CheckedClusterPool
  readonly #engine: PoolEngine
  readonly #members = new Map<number, Member>()
  readonly #forks = new ForeignForks(clock)
  readonly #listeners: readonly (readonly [string, (...args: never[]) => void])[]
  #soon: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #toldOfSurplus = false
  #closed = false

  constructor(cluster: Cluster, options: ClusterPoolOptions = {}) {
    super()
    this.#options = checkClusterPool(cluster, options)
    if (supervised.has(cluster)) throw new Error('the cluster has a ClusterPool already: use that, or close() it first')
    supervised.add(cluster)
    this.#cluster = cluster
    this.#engine = new PoolEngine({
      clock,
      limits: this.#options.limits,
      emit: (name, ...event) => this.#tell(name, ...event),
      driver: {
        spawn: (slot) => this.#spawn(slot),
        pidOf: (id) => this.#members.get(id)?.pid ?? 0,
        drain: (id) => this.#drain(id),
        kill: (id, signal) => this.#members.get(id)?.kill(signal),
      },
    })
    this.#listeners = [
      ['fork', (worker: Worker) => this.#forked(worker)],
      ['online', (worker: Worker) => this.#members.get(worker.id)?.online()],
      ['listening', (worker: Worker, address: Address) => this.#members.get(worker.id)?.listening(address, this.#serving())],
      ['message', (worker: Worker, message: unknown) => this.#heard(worker, message)],
      ['disconnect', (worker: Worker) => this.#disconnected(worker)],
      ['exit', (worker: Worker, code: number | null, signal: string | null) => this.#exited(worker, code, signal)],
    ]
    for (const [name, listener] of this.#listeners) cluster.on(name, listener as () => void)
    for (const worker of Object.values(cluster.workers ?? {})) if (worker) this.#adopt(worker, false)
    if (this.#options.size !== undefined) this.#engine.grow(this.#options.size)
    this.#tickSoon()
  }

  get size(): number {
    return this.#engine.size
  }

  get generation(): number {
    return this.#engine.generation
  }

  workers(): readonly PoolWorker[] {
    return this.#engine.workers()
  }

  recycle(id: number): Promise<RollOutcome> {
    this.#tickSoon()
    return this.#engine.recycle(id)
  }

  roll(): Promise<RollOutcome> {
    this.#tickSoon()
    return this.#engine.roll()
  }

  stopRolling(): void {
    this.#engine.stopRolling()
    this.#tickSoon()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    supervised.delete(this.#cluster)
    this.#engine.close()
    for (const [name, listener] of this.#listeners) this.#cluster.off(name, listener as () => void)
    for (const member of this.#members.values()) member.close()
    this.#members.clear()
    clearImmediate(this.#soon)
    clearTimeout(this.#timer)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #spawn(slot: number): number {
    const worker = this.#cluster.fork({ ...environmentFor(slot, this.#options.env), SMEM_TS_SLOT: String(slot) })
    const member = this.#enlist(worker)
    if (worker.process.pid !== undefined) return worker.id
    member.discard(this.#cluster)
    this.#members.delete(worker.id)
    throw new Error('no process could be started; the warning that follows has the system\'s reason')
  }

  #enlist(worker: Worker): Member {
    const member = new Member(worker, {
      mode: this.#options.ready,
      onReady: () => {
        this.#engine.ready(worker.id)
        this.#tickSoon()
      },
      onError: (error) => this.#warn(`worker ${worker.id} (pid ${worker.process.pid ?? 'none'}): ${error.message}`),
    })
    this.#members.set(worker.id, member)
    return member
  }

  /** Somebody has called cluster.fork(): the engine, or the application. */
  #forked(worker: Worker): void {
    if (this.#members.has(worker.id)) return
    const answer = this.#forks.answersEnd()
    this.#adopt(worker, !this.#engine.mayFill && (answer || this.#options.size !== undefined))
  }

  #adopt(worker: Worker, surplus: boolean): void {
    if (worker.process.pid === undefined || worker.isDead() || worker.exitedAfterDisconnect) return
    const member = this.#enlist(worker)
    this.#engine.adopt(worker.id, { ready: !surplus && member.readyAlready(), surplus })
    if (surplus) this.#endSurplus(worker, member)
    else member.greet()
    this.#tickSoon()
  }

  #endSurplus(worker: Worker, member: Member): void {
    member.asked = true
    member.surplus = true
    endQuietly(worker, (code, signal) => this.#exited(worker, code, signal))
    if (this.#toldOfSurplus) return
    this.#toldOfSurplus = true
    this.#warn(surplusText(worker.id, member.pid, this.size))
  }

  #drain(id: number): void {
    this.#members.get(id)?.drain(this.#options.limits.drainTimeout)
  }

  #heard(worker: Worker, value: unknown): void {
    const member = this.#members.get(worker.id)
    const message = parseWorkerMessage(value)
    if (!member || !message) return
    if (message.type === 'report') {
      this.#engine.report(worker.id, { at: clock(), requests: message.requests, heap: message.heap })
    } else if (message.type === 'drained') {
      this.#engine.drained(worker.id)
      this.#tickSoon()
    } else {
      member.hear(message)
    }
  }

  #disconnected(worker: Worker): void {
    const member = this.#members.get(worker.id)
    if (!member) return
    // Without the worker half this is all that tells of the last connection's end.
    if (member.asked) this.#engine.drained(worker.id)
    this.#ends(worker, member)
    this.#tickSoon()
  }

  #exited(worker: Worker, code: number | null, signal: string | null): void {
    const member = this.#members.get(worker.id)
    if (!member) return
    member.ended()
    this.#members.delete(worker.id)
    this.#ends(worker, member)
    this.#engine.exited(worker.id, code, signal)
    this.#tickSoon()
  }

  /** Its channel has ended, or its process. */
  #ends(worker: Worker, member: Member): void {
    if (member.surplus || member.isOver) return
    member.isOver = true
    const isReplaced = member.asked || !worker.exitedAfterDisconnect || (member.leaves && this.#options.size !== undefined)
    if (isReplaced) this.#forks.ended()
    if (member.asked || !worker.exitedAfterDisconnect) return
    this.#engine.release(worker.id, { refill: isReplaced })
    if (member.leaves && this.size === 0) this.#warn(lastLeftText(worker.id, member.pid))
  }

  /** In a turn of its own: an application that forks in answer to an exit comes first, and its worker takes the place. */
  #tickSoon(): void {
    if (this.#closed) return
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined
      this.#tick()
    })
  }

  #tick(): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    const next = this.#engine.tick()
    if (next === undefined) return
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, next - clock()))
    // Workers keep the primary running, and so does the wait to start the first of them again; nothing else of the pool does.
    if (this.#members.size > 0) this.#timer.unref()
  }

  *#serving(): Generator<Member['readiness']> {
    for (const { id, state } of this.#engine.workers()) {
      const member = state === 'serving' ? this.#members.get(id) : undefined
      if (member) yield member.readiness
    }
  }

  #warn(warning: string): void {
    this.#tell('warning', warning)
  }

  /** What a listener throws is an uncaught exception, but in a turn of its own: for who goes on after such, the pool does too. */
  #tell<Name extends keyof PoolEvents>(name: Name, ...event: PoolEvents[Name]): void {
    try {
      EventEmitter.prototype.emit.call(this, name, ...event)
    } catch (error) {
      process.nextTick(() => { throw error })
    }
  }
}
