import { EventEmitter } from 'node:events'
import type { RollOutcome, WorkerPool } from '../pool/index.ts'
import { ProcessGauge } from '../sampling/index.ts'
import {
  MemoryScopeReader, watchPressure, type MemoryScope, type PressureEvent, type PressureSkip, type PressureWatch,
} from '../system/index.ts'
import { Actor } from './actor.ts'
import { Announcer, type WatchdogEvents } from './announcer.ts'
import { Decider } from './decider.ts'
import type { Effect } from './decision.ts'
import { BEFORE_AGE_MS, outdated } from './measure.ts'
import type { MonitorContext } from './monitor.ts'
import { MonitorPanel } from './monitor_panel.ts'
import { Observer, type Gauge } from './observer.ts'
import { toSettings, type WatchdogOptions, type WatchdogSettings } from './options.ts'
import { ReforkTrigger } from './refork_trigger.ts'
import { ReforkCalls } from './refork_calls.ts'
import { passOnNews } from './pool_news.ts'
import { Restraint } from './restraint.ts'
import { TickTimer, type Timers } from './tick_timer.ts'

/** What the watchdog needs of a `PressureWatch`. */
type PressureListening = Pick<PressureWatch, 'close'> & Partial<Pick<PressureWatch, 'sources' | 'skipped'>>

/** What a watchdog works with; each has a default that is the real thing. */
export interface WatchdogParts {
  gauge?: Gauge
  readScope?: () => MemoryScope
  watchPressure?: (onEvent: (event: PressureEvent) => void) => PressureListening
  /** A monotonic clock in milliseconds: the pool's. @default performance.now */
  clock?: () => number
  timers?: Timers
  /** From 0 to below 1. @default Math.random */
  random?: () => number
  /** Called once when the watchdog is closed. */
  onClose?: () => void
}

/**
 * Watches a pool and replaces workers that are beyond a limit, or only says what it would do. Starts at once, with its first
 * look one interval later; its timer keeps no process alive. What it decides is told by events; no listener can stop it by
 * throwing.
 */
export class Watchdog extends EventEmitter<WatchdogEvents> implements Disposable {
  readonly pool: WorkerPool
  readonly #settings: WatchdogSettings
  readonly #gauge: Gauge
  readonly #observer: Observer
  readonly #panel: MonitorPanel
  readonly #decider: Decider
  readonly #actor: Actor
  readonly #announcer: Announcer
  readonly #calls: ReforkCalls
  readonly #timer: TickTimer
  readonly #ends: (() => void)[] = []
  #rolls = false
  #closed = false

  /**
   * @throws {TypeError} on a bad option
   */
  constructor(pool: WorkerPool, options: WatchdogOptions, parts: WatchdogParts = {}) {
    super()
    const settings = toSettings(options, pool)
    const clock = parts.clock ?? ((): number => performance.now())
    this.pool = pool
    this.#settings = settings
    this.#announcer = new Announcer(this, settings.logger)
    const warn = (text: string): void => this.#announcer.warning(text)
    const { intervalMs, budget, warmUpMs, refork } = settings
    const trigger = refork === undefined ? undefined : new ReforkTrigger(pool, refork, parts.random ?? Math.random)
    const scopeReader = new MemoryScopeReader()
    this.#gauge = parts.gauge ?? new ProcessGauge({ interval: intervalMs, budget, clock })
    const readScope = parts.readScope ?? ((): MemoryScope => scopeReader.read())
    this.#observer = new Observer({ pool, gauge: this.#gauge, readScope, clock, warmUpMs, warn })
    const monitors = [...settings.monitors, ...trigger?.monitors ?? []]
    this.#panel = new MonitorPanel(monitors, settings.strikes, (failure) => this.#announcer.monitorFailed(failure))
    const restraint = new Restraint(settings.restraint)
    this.#decider = new Decider({
      pool, restraint, clock, dryRun: settings.dryRun, forgetMs: settings.restraint.perMs, readAt: () => this.#observer.readAt,
      isPoolBusy: () => this.#rolls, isUnmeasured: (slot, now) => this.#actor.verification.isOpen(slot, now),
      tell: (decision) => this.#closed || this.#announcer.decision(decision),
    })
    const tellEffect = (effect: Effect): void => this.#announcer.effect(effect)
    this.#actor = new Actor({ pool, settings, restraint, trigger, clock, warn, tellEffect })
    this.#timer = new TickTimer({ intervalMs, clock, timers: parts.timers, tick: () => this.#tick(), warn })
    this.#calls = new ReforkCalls(() => this.#timer.soon())
    try {
      this.#watch(parts)
    } catch (error) {
      this.close()
      throw error
    }
    this.#timer.start()
  }

  /** What the rollups have cost so far, in milliseconds of CPU time. */
  get spentMs(): number {
    return this.#gauge.spentMs
  }

  /**
   * Replaces all workers now, whatever the cool-downs say; while a roll is going on, joins it. Resolves when it has ended; to
   * undefined in a dry run, and when it could not be begun, which is told as a warning.
   *
   * @throws {Error} in a pool that does not replace its workers, or after `close`
   */
  async refork(): Promise<RollOutcome | undefined> {
    if (this.#closed) throw new Error('the watchdog was closed')
    if (!this.pool.replaces) throw new Error(`a pool of the kind '${this.pool.kind}' does not replace its workers`)
    return this.#calls.add('refork_call')
  }

  /** Ends the watching; the pool goes on, and so does an action that was begun. Further calls do nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#timer.close()
    this.#calls.close()
    this.#panel.close()
    for (const end of this.#ends) end()
    this.#gauge.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #watch({ watchPressure: watchBy = listenToKernel, onClose }: WatchdogParts): void {
    const begun = (): void => {
      this.#rolls = true
    }
    const ended = (): void => {
      this.#rolls = false
    }
    this.pool.on('rollStarted', begun)
    this.pool.on('rollEnded', ended)
    this.#ends.push(() => this.pool.off('rollStarted', begun), () => this.pool.off('rollEnded', ended))
    this.#ends.push(passOnNews(this.pool, this.#announcer))

    if (this.#settings.monitors.some(({ usesPressure }) => usesPressure === true)) {
      const watch = watchBy((event) => this.#observer.notice(event))
      this.#ends.push(() => watch.close())
      if (watch.sources?.length === 0) this.#announcer.warning(`nothing here tells of memory pressure${reasonsOf(watch.skipped)}`)
    }
    const signal = this.#settings.refork?.signal
    if (signal !== undefined) {
      const onSignal = (): void => void this.#calls.add('refork_signal')
      process.on(signal, onSignal)
      this.#ends.push(() => process.off(signal, onSignal))
    }
    if (onClose !== undefined) this.#ends.push(onClose)
  }

  async #tick(): Promise<void> {
    const first = this.#observer.look()
    const { replacements, others } = this.#actor.verification.wants(first)
    const wanted = this.#panel.wants(first)
    const context = await this.#observer.read([...replacements, ...wanted, ...others])
    if (this.#closed) return
    this.#announcer.sample(context)
    this.#actor.settle(context)
    await this.#order(context)
    if (this.#closed) return
    const refresh = (): Promise<MonitorContext> => this.#observer.read(outdated(context, BEFORE_AGE_MS))
    const resolution = await this.#decider.decide(this.#panel.judge(context), context, refresh)
    if (resolution !== undefined && !this.#closed) void this.#actor.act(resolution)
  }

  /** What was called for since the last tick, as one. */
  async #order(context: MonitorContext): Promise<void> {
    const calls = this.#calls.take()
    if (calls === undefined) return
    try {
      const before = this.#settings.dryRun ? context : await this.#observer.read(outdated(context, BEFORE_AGE_MS))
      const resolution = this.#closed ? undefined : this.#decider.order(calls.finding, before)
      if (resolution === undefined) calls.resolve(undefined)
      else void this.#actor.act(resolution).then(calls.resolve)
    } catch (error) {
      calls.resolve(undefined)
      throw error // told as a tick that failed
    }
  }
}

function listenToKernel(onEvent: (event: PressureEvent) => void): PressureListening {
  return watchPressure({ onEvent })
}

function reasonsOf(skipped: readonly PressureSkip[] = []): string {
  return skipped.length === 0 ? '' : `: ${skipped.map(({ path, reason }) => `${path}: ${reason}`).join('; ')}`
}
