import { channel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import type { Decision, Effect } from './decision.ts'
import type { MonitorContext } from './monitor.ts'
import type { MonitorFailure } from './monitor_panel.ts'
import type { WatchdogLogger } from './options.ts'
import { settlePromise } from './promises.ts'
import { escaped, thrownText } from './text.ts'

/** What a watchdog tells. */
export interface WatchdogEvents {
  /** Something was decided, or why something is not done: when it is news, not every tick. */
  decision: [decision: Decision]
  /** What an action brought. */
  effect: [effect: Effect]
  /** Each tick, after the readings: what the monitors judge by. */
  sample: [context: MonitorContext]
  /** A monitor threw, or returned a promise. */
  monitorFailed: [failure: MonitorFailure]
  /** What a user should see and that is none of the above; the pool's warnings too. */
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
    const text = `the monitor '${monitor}' threw ${thrownText(error)}${consequence}`
    this.#log('error', text)
    if (disabled && this.#isAlone('monitorFailed')) emitWarning(text)
    this.#emit('monitorFailed', failure)
  }

  /** `isHeard`: somebody is told of it by others. */
  warning(text: string, isHeard = false): void {
    this.#log('warn', text)
    if (!isHeard && this.#isAlone('warning')) emitWarning(text)
    this.#emit('warning', text)
  }

  /** What is for the log alone. */
  note(text: string): void {
    this.#log('warn', text)
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
        settlePromise(result, (error) => listenerThrew(name, error))
      } catch (error) {
        listenerThrew(name, error)
      }
    }
  }

  #log(level: keyof WatchdogLogger, text: string): void {
    try {
      const result: unknown = this.#logger?.[level](escaped(text))
      settlePromise(result, loggerThrew)
    } catch (error) {
      loggerThrew(error)
    }
  }
}

function listenerThrew(name: string, error: unknown): void {
  emitWarning(`a listener for '${name}' of the watchdog threw ${thrownText(error)}`)
}

function loggerThrew(error: unknown): void {
  emitWarning(`the logger of the watchdog threw ${thrownText(error)}`)
}

function emitWarning(text: string): void {
  process.emitWarning(escaped(text), WARNING_TYPE)
}
