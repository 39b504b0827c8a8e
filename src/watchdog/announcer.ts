import { channel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import type { Decision, Effect } from './decision.ts'
import type { MonitorContext } from './monitor.ts'
import type { MonitorFailure } from './monitor_panel.ts'
import type { WatchdogLogger } from './options.ts'

/** What a watchdog tells. */
export interface WatchdogEvents {
  /** Something was decided, or why something is not done: when it is news, not every tick. */
  decision: [decision: Decision]
  /** What an action brought. */
  effect: [effect: Effect]
  /** Each tick, after the readings: what the monitors judge by. */
  sample: [context: MonitorContext]
  /** A monitor threw. */
  monitorFailed: [failure: MonitorFailure]
  /** What a user should see and that is none of the above. */
  warning: [text: string]
}

const DECISIONS = channel('smem-ts:decision')
const EFFECTS = channel('smem-ts:effect')
const WARNING_TYPE = 'SmemWatchdogWarning'

/**
 * Tells it to listeners, to the diagnostics channels, and to the logger. None of them can stop the watchdog by throwing; what a
 * subscriber of a channel throws becomes an uncaught exception, as of any channel of Node's.
 */
export class Announcer {
  readonly #emitter: EventEmitter<WatchdogEvents>
  readonly #logger: WatchdogLogger | undefined

  constructor(emitter: EventEmitter<WatchdogEvents>, logger: WatchdogLogger | undefined) {
    this.#emitter = emitter
    this.#logger = logger
  }

  decision(decision: Decision): void {
    const isSuppressed = !['acting', 'dry_run', 'reported'].includes(decision.verdict)
    this.#log(isSuppressed ? 'info' : 'warn', decision.summary)
    DECISIONS.publish(decision)
    this.#emit('decision', decision)
  }

  effect(effect: Effect): void {
    this.#log(effect.effective ? 'info' : 'warn', effect.summary)
    EFFECTS.publish(effect)
    this.#emit('effect', effect)
  }

  sample(context: MonitorContext): void {
    this.#emit('sample', context)
  }

  monitorFailed(failure: MonitorFailure): void {
    const { monitor, error, failures, disabled } = failure
    const consequence = disabled ? `: it is left out from now on, after ${failures} times in a row` : ''
    const text = `the monitor '${monitor}' threw ${textOf(error)}${consequence}`
    this.#log('error', text)
    if (disabled && this.#isAlone('monitorFailed')) process.emitWarning(text, WARNING_TYPE)
    this.#emit('monitorFailed', failure)
  }

  warning(text: string): void {
    this.#log('warn', text)
    if (this.#isAlone('warning')) process.emitWarning(text, WARNING_TYPE)
    this.#emit('warning', text)
  }

  /** Nobody would see it. */
  #isAlone(name: keyof WatchdogEvents): boolean {
    return this.#logger === undefined && this.#emitter.listenerCount(name) === 0
  }

  /** One by one, as `emit` would leave out those after a listener that throws. */
  #emit<Name extends keyof WatchdogEvents>(name: Name, event: WatchdogEvents[Name][0]): void {
    for (const listener of this.#emitter.rawListeners(name)) {
      try {
        const result: unknown = Reflect.apply(listener, this.#emitter, [event])
        if (result instanceof Promise) result.catch((error: unknown) => listenerThrew(name, error))
      } catch (error) {
        listenerThrew(name, error)
      }
    }
  }

  #log(level: keyof WatchdogLogger, text: string): void {
    try {
      const result: unknown = this.#logger?.[level](text)
      if (result instanceof Promise) result.catch(loggerThrew)
    } catch (error) {
      loggerThrew(error)
    }
  }
}

function listenerThrew(name: string, error: unknown): void {
  process.emitWarning(`a listener for '${name}' of the watchdog threw ${textOf(error)}`, WARNING_TYPE)
}

function loggerThrew(error: unknown): void {
  process.emitWarning(`the logger of the watchdog threw ${textOf(error)}`, WARNING_TYPE)
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
