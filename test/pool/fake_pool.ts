import assert from 'node:assert/strict'
import { PoolEngine, toPoolLimits, type PoolDriver, type PoolEvents, type PoolLimitOptions, type PoolLimits, type PoolWorker } from '../../src/pool/index.ts'

/** How processes behave. Times in milliseconds; Infinity for never. */
export interface Behaviour {
  /** From the start to being ready. */
  startMs: number
  /** Crashes then, if it has not become ready before. */
  crashMs: number
  /** From being asked to drain to the word that it is done; it ends then. */
  drainMs: number
  /** Says that it has drained and stays. */
  lingers: boolean
  /** From SIGTERM, and SIGKILL, to the end. */
  termMs: number
  killMs: number
  /** The start itself throws. */
  throws: boolean
}

export interface FakeProcess {
  readonly id: number
  readonly slot: number
  readonly generation: number
  readonly behaviour: Behaviour
  isReady: boolean
}

type Happening = { readonly at: number, readonly run: () => void }

const WELL: Behaviour = { startMs: 500, crashMs: Infinity, drainMs: 1000, lingers: false, termMs: 100, killMs: 10, throws: false }

/**
 * An engine with processes that do not exist, in a time that passes when told to. It plays the host as well: ticks after each call, and at
 * the times that ticks ask for. After each step it checks what must hold at all times.
 */
export class FakePool implements PoolDriver {
  now = 0
  readonly engine: PoolEngine
  readonly log: string[] = []
  readonly events: { readonly name: keyof PoolEvents, readonly at: number, readonly event: unknown }[] = []
  readonly processes = new Map<number, FakeProcess>()
  readonly spawnTimes: number[] = []
  /** Behaviour of all that start from now on. */
  behaviour: Behaviour = { ...WELL }
  mostLive = 0
  mostDown = 0
  ticks = 0
  /** Those that left by the will of others, and live still. */
  readonly released = new Set<number>()
  #nextId = 1
  readonly #surplus = new Set<number>()
  /** Slots that were taken down, and nobody is ready there yet. */
  readonly #down = new Set<number>()
  /** Slots whose next start does not count as a restart. */
  readonly #freeStarts = new Set<number>()
  #restarts: number[] = []
  readonly #failedAt = new Map<number, number>()
  #dueAt: number | undefined
  #happenings: Happening[] = []
  readonly #limits: PoolLimits

  constructor(limits: PoolLimitOptions = {}, workers = 0) {
    this.#limits = toPoolLimits(limits, 'the test')
    this.engine = new PoolEngine({
      driver: this, clock: () => this.now, limits,
      emit: (name, ...event) => {
        this.events.push({ name, at: this.now, event: event[0] })
        this.#learn(name, event[0])
      },
    })
    for (let i = 0; i < workers; i++) this.adopt()
    this.tick()
  }

  /** Starts a process as user code does, and hands it to the engine. */
  adopt(adoption: { ready?: boolean, slot?: number, surplus?: boolean } = {}): number {
    const id = this.#begin(adoption.slot ?? -1, this.engine.generation, adoption.ready ?? true)
    if (adoption.surplus === true) this.#surplus.add(id)
    this.engine.adopt(id, { ready: true, ...adoption })
    this.#freeStarts.delete(this.engine.workers().find((worker) => worker.id === id)?.slot ?? -1)
    return id
  }

  spawn(slot: number, generation: number): number {
    this.spawnTimes.push(this.now)
    this.#checkStart(slot)
    if (this.behaviour.throws) throw new Error('no more processes')
    const id = this.#begin(slot, generation, false)
    const counted = this.engine.workers().length + 1
    // Adopted ones may be too many; the engine itself never starts one above the limit.
    assert.ok(counted - this.released.size <= this.engine.size + this.#limits.maxSurge, `${counted} live, size ${this.engine.size}`)
    this.log.push(`${this.now} spawn ${id} slot ${slot} gen ${generation}`)
    return id
  }

  grow(size: number): void {
    const before = new Set(this.engine.workers().map(({ slot }) => slot))
    this.engine.grow(size)
    for (let slot = 0; slot < 100; slot++) if (!before.has(slot)) this.#freeStarts.add(slot)
    this.tick()
  }

  release(id: number, refill = false): void {
    const place = this.engine.workers().find((worker) => worker.id === id)?.slot
    if (place !== undefined && !refill) this.#down.delete(place)
    if (this.engine.workers().some((worker) => worker.id === id && (worker.state === 'starting' || worker.state === 'serving'))) {
      this.released.add(id)
    }
    this.engine.release(id, { refill })
    this.tick()
  }

  pidOf(id: number): number {
    return 1000 + id
  }

  drain(id: number): void {
    this.log.push(`${this.now} drain ${id}`)
    const process = this.process(id)
    this.#checkDrain(id)
    this.#in(process.behaviour.drainMs, id, () => {
      this.engine.drained(id)
      if (!process.behaviour.lingers) this.exit(id, 0, null)
    })
  }

  kill(id: number, signal: 'SIGTERM' | 'SIGKILL'): void {
    this.log.push(`${this.now} ${signal} ${id}`)
    const { termMs, killMs } = this.process(id).behaviour
    this.#in(signal === 'SIGTERM' ? termMs : killMs, id, () => this.exit(id, null, signal))
  }

  /** The process ends, for whatever reason. */
  exit(id: number, code: number | null = 1, signal: string | null = null): void {
    this.processes.delete(id)
    this.released.delete(id)
    this.engine.exited(id, code, signal)
  }

  /** Dies by itself, and the engine is told. */
  crash(id: number): void {
    this.exit(id, null, 'SIGSEGV')
    this.tick()
  }

  process(id: number): FakeProcess {
    const process = this.processes.get(id)
    assert.ok(process, `worker ${id} does not live`)
    return process
  }

  tick(): void {
    this.ticks++
    this.#dueAt = this.engine.tick()
    assert.ok(this.#dueAt === undefined || this.#dueAt >= this.now, `a tick at ${this.#dueAt}, which is before ${this.now}`)
    this.#check()
  }

  /** Time passes, and everything happens when it is due. */
  pass(ms: number): void {
    const end = this.now + ms
    for (let steps = 0; ; steps++) {
      assert.ok(steps < 500_000, `no end of ticks at ${this.now}: a loop`)
      const next = Math.min(this.#happenings[0]?.at ?? Infinity, this.#dueAt ?? Infinity)
      if (next > end) break
      this.now = Math.max(this.now, next)
      this.#happen()
      this.tick()
    }
    this.now = end
  }

  /** What hung does so no longer: who starts is ready, who is on the way out ends, and who comes from now on works. */
  becomeWell(): void {
    this.behaviour = { ...WELL }
    for (const process of [...this.processes.values()]) {
      Object.assign(process.behaviour, WELL)
      const state = this.engine.workers().find(({ id }) => id === process.id)?.state
      if (state === 'starting') this.engine.ready(process.id)
      else if (state !== 'serving') this.exit(process.id, 0)
      this.tick()
    }
  }

  /** The pool's process stands still while others go on. Awake again, timers come before messages, as in Node. */
  suspend(ms: number): void {
    this.now += ms
    const forced = this.told('forced').length
    this.tick()
    assert.equal(this.told('forced').length, forced, 'nobody is ended on waking')
    this.#happen()
    this.tick()
  }

  ids(state?: PoolWorker['state']): number[] {
    return this.engine.workers().filter((worker) => state === undefined || worker.state === state).map(({ id }) => id)
  }

  idAt(slot: number): number {
    const worker = this.engine.workers().find((each) => each.slot === slot && each.state === 'serving')
    assert.ok(worker, `nobody serves in slot ${slot}`)
    return worker.id
  }

  told<Name extends keyof PoolEvents>(name: Name): PoolEvents[Name][0][] {
    return this.events.filter((event) => event.name === name).map(({ event }) => event as PoolEvents[Name][0])
  }

  /** Each slot has one serving worker, and there is nobody else. */
  isWhole(): boolean {
    const workers = this.engine.workers()
    const slots = new Set(workers.map(({ slot }) => slot))
    return workers.length === this.engine.size && slots.size === workers.length && workers.every(({ state }) => state === 'serving')
  }

  #begin(slot: number, generation: number, isReady: boolean): number {
    const id = this.#nextId++
    const process: FakeProcess = { id, slot, generation, behaviour: { ...this.behaviour }, isReady }
    this.processes.set(id, process)
    if (isReady) return id
    const { startMs, crashMs } = process.behaviour
    if (crashMs < startMs) this.#in(crashMs, id, () => this.exit(id, 1, null))
    else {
      this.#in(startMs, id, () => {
        process.isReady = true
        this.engine.ready(id)
      })
      this.#in(crashMs, id, () => this.exit(id, 1, null))
    }
    return id
  }

  /** Unless the process has ended before. */
  #in(ms: number, id: number, run: () => void): void {
    if (ms === Infinity) return
    this.#happenings.push({ at: this.now + ms, run: () => { if (this.processes.has(id)) run() } })
    this.#happenings.sort((a, b) => a.at - b.at)
  }

  #happen(): void {
    const due = this.#happenings.filter(({ at }) => at <= this.now)
    this.#happenings = this.#happenings.filter(({ at }) => at > this.now)
    for (const { run } of due) run()
  }

  #learn(name: keyof PoolEvents, event: unknown): void {
    if (name === 'ready') {
      const { slot } = event as PoolEvents['ready'][0]
      this.#down.delete(slot)
      this.#failedAt.delete(slot)
    }
    if (name === 'startFailed') this.#failedAt.set((event as PoolEvents['startFailed'][0]).slot, this.now)
  }

  /** No loops: never at once after a failed start, and restarts within their budget. */
  #checkStart(slot: number): void {
    const since = this.now - (this.#failedAt.get(slot) ?? -Infinity)
    assert.ok(since >= this.#limits.startBackoff, `slot ${slot} starts again ${since} ms after a failed start`)
    const isVacant = !this.engine.workers().some((worker) =>
      worker.slot === slot && (worker.state === 'starting' || worker.state === 'serving') && !this.#surplus.has(worker.id))
    if (this.#freeStarts.delete(slot) || !isVacant) return
    const { max, per } = this.#limits.restarts
    this.#restarts = [...this.#restarts.filter((time) => time > this.now - per), this.now]
    assert.ok(this.#restarts.length <= max, `${this.#restarts.length} restarts within ${per} ms`)
  }

  /** A worker that serves alone in its slot goes only within `maxUnavailable`. */
  #checkDrain(id: number): void {
    const slot = this.engine.workers().find((worker) => worker.id === id)?.slot ?? -1
    const isAlone = !this.engine.workers().some((worker) => worker.slot === slot && worker.id !== id && worker.state === 'serving')
    if (!isAlone || this.#surplus.has(id)) return
    this.#down.add(slot)
    this.#freeStarts.add(slot)
    assert.ok(this.#down.size <= this.#limits.maxUnavailable, `${this.#down.size} slots down for a roll`)
  }

  #check(): void {
    const workers = this.engine.workers()
    assert.deepEqual(workers.map(({ id }) => id).sort((a, b) => a - b), [...this.processes.keys()].sort((a, b) => a - b), 'all that live are known')
    this.mostLive = Math.max(this.mostLive, workers.length)
    const serving = new Set(workers.filter(({ state }) => state === 'serving').map(({ slot }) => slot))
    this.mostDown = Math.max(this.mostDown, this.engine.size - serving.size)
  }
}

