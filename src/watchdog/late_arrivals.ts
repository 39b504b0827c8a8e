import { isSettled, USS_TICKS } from './measure.ts'
import type { MonitorContext, WorkerSample } from './monitor.ts'
import type { Measured, Trial } from './verification.ts'

/** For so long after the measuring, what comes into an empty place counts. */
const EXPECT_MS = 1000 * 60 * 5
/** Start times of processes are known to some hundredths of a second only. */
const START_SLACK_MS = 1000

interface Place {
  readonly trial: Trial
  readonly measured: Measured
  readonly slot: number
  readonly emptyAt: number
  readonly until: number
  /** Since somebody who came had settled. */
  ticks: number
  isFilled: boolean
}

/**
 * Places that were empty when they were measured. A supervisor that takes its time (RestartSec of systemd) starts what was ended
 * anew after that: when it is as large again, nothing was freed.
 */
export class LateArrivals {
  #places: Place[] = []

  expect(trial: Trial, measured: Measured, now: number): void {
    const slot = measured.effect.decision.worker?.slot
    if (slot === undefined) return
    this.#places = this.#places.filter((place) => place.slot !== slot)
    this.#places.push({ trial, measured, slot, emptyAt: now, until: now + EXPECT_MS, ticks: 0, isFilled: false })
  }

  /** Somebody has come into the place, and is to be measured. */
  isOpen(slot: number): boolean {
    return this.#places.some((place) => place.slot === slot && place.isFilled)
  }

  /** Whose rollups are needed in this tick. */
  wants(context: MonitorContext): number[] {
    return this.#places.flatMap((place) => {
      const { settleMs } = place.trial
      const sample = arrival(place, context)
      return sample === undefined || sample.servingMs < settleMs || isSettled(sample, settleMs) ? [] : [sample.worker.id]
    })
  }

  /** What is known of these places for good now; to be called after the readings. */
  settle(context: MonitorContext): Measured[] {
    const concluded: Measured[] = []
    this.#places = this.#places.filter((place) => {
      const result = conclude(place, context)
      if (result !== undefined) concluded.push(result)
      return result === undefined
    })
    return concluded
  }
}

function conclude(place: Place, context: MonitorContext): Measured | undefined {
  const { measured: { effect, minFreed }, trial: { settleMs }, until } = place
  const confirmed: Measured = { effect, minFreed, standing: 'confirmed' }
  const sample = arrival(place, context)
  place.isFilled = sample !== undefined
  if (sample === undefined) return context.now < until ? undefined : confirmed
  // One that comes and goes, time and again, never settles.
  if (sample.servingMs < settleMs) return context.now < until + settleMs ? undefined : confirmed
  const ussAfter = sample.usage?.uss
  if (ussAfter === undefined || !isSettled(sample, settleMs)) return ++place.ticks < USS_TICKS ? undefined : confirmed
  const freed = (effect.ussBefore ?? 0) - ussAfter
  if (freed >= minFreed) return confirmed
  // What was read of the pool before was read without it.
  const sums = { pssAfter: undefined, usedAfter: context.scope.used > 0 ? context.scope.used : undefined }
  return { effect: { ...effect, ...sums, ussAfter, freed, effective: false }, minFreed, standing: 'final' }
}

/** Who has come into the place since it was seen empty. */
function arrival({ slot, trial, emptyAt }: Place, { workers, now }: MonitorContext): WorkerSample | undefined {
  return workers.find(({ worker, servingMs }) => {
    return worker.slot === slot && !trial.oldIds.has(worker.id) && now - servingMs >= emptyAt - START_SLACK_MS
  })
}
