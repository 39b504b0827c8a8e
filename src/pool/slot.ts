import type { BackOff } from './back_off.ts'
import type { WorkerRecord } from './worker_record.ts'

/** A place in the pool. Workers that are on their way out have left their place already. */
export interface Slot {
  readonly index: number
  readonly backOff: BackOff
  /** Who serves here, or is to: undefined while the slot is vacant. */
  current: WorkerRecord | undefined
  /** Starts to take over from `current`; only while there is one. */
  next: WorkerRecord | undefined
  /** Since when, and why, nobody is here; of meaning only while the slot is vacant. */
  vacancy: Vacancy
  /** Its worker was asked to go before there was another, and none has become ready since. */
  isDownForUs: boolean
  /** Whom the next worker that becomes ready here takes over from. */
  holder: number | undefined
}

export interface Vacancy {
  readonly since: number
  /** `new`, `replacing`: the first start is free. `died`: it takes from the restart budget. */
  readonly cause: 'new' | 'replacing' | 'died'
}

export function isVacant(slot: Slot): boolean {
  return slot.current === undefined
}

export function isServing(slot: Slot | undefined): boolean {
  return slot?.current?.state === 'serving'
}
