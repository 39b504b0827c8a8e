import { BackOff } from './back_off.ts'
import type { PoolLimits } from './limits.ts'
import { isVacant, type Slot, type Vacancy } from './slot.ts'
import type { WorkerRecord } from './worker_record.ts'

/** Who is in the pool, and where. */
export class Roster {
  readonly #limits: PoolLimits
  readonly #workers = new Map<number, WorkerRecord>()
  readonly #slots = new Map<number, Slot>()
  #order = 0

  constructor(limits: PoolLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#slots.size
  }

  /** By age. A copy: it may be changed while one goes through it. */
  workers(): WorkerRecord[] {
    return [...this.#workers.values()]
  }

  /** By index. A copy. */
  slots(): Slot[] {
    return [...this.#slots.values()].sort((a, b) => a.index - b.index)
  }

  worker(id: number): WorkerRecord | undefined {
    return this.#workers.get(id)
  }

  slot(index: number): Slot | undefined {
    return this.#slots.get(index)
  }

  /** Processes that count towards the limit. */
  get live(): number {
    return this.workers().filter(({ intent }) => intent !== 'left').length
  }

  /** Those of them that have no place of their own: replacements that start, and all that are on their way out. */
  get extras(): number {
    return this.live - this.slots().filter((slot) => !isVacant(slot)).length
  }

  add(worker: Omit<WorkerRecord, 'order' | 'intent' | 'report' | 'isDrained'>): WorkerRecord {
    const record: WorkerRecord = { ...worker, order: ++this.#order, intent: 'stay', report: undefined, isDrained: false }
    this.#workers.set(record.id, record)
    return record
  }

  remove(id: number): WorkerRecord | undefined {
    const worker = this.#workers.get(id)
    this.#workers.delete(id)
    return worker
  }

  addSlot(index: number, now: number): Slot {
    const slot: Slot = {
      index, backOff: new BackOff(this.#limits), current: undefined, next: undefined,
      vacancy: { since: now, cause: 'new' }, isDownForUs: false, holder: undefined,
    }
    this.#slots.set(index, slot)
    return slot
  }

  removeSlot(index: number): void {
    this.#slots.delete(index)
  }

  /** The place for a worker from outside: the wanted one when nobody is there, else the lowest vacant one, else a new one. */
  placeFor(wanted: number | undefined, now: number): Slot {
    if (wanted !== undefined) {
      const slot = this.#slots.get(wanted) ?? this.addSlot(wanted, now)
      if (isVacant(slot)) return slot
    }
    return this.slots().find(isVacant) ?? this.addSlot(this.unusedIndex(), now)
  }

  unusedIndex(): number {
    let index = 0
    while (this.#slots.has(index)) index++
    return index
  }
}

/** Gives the worker the empty place. */
export function install(slot: Slot, worker: WorkerRecord): void {
  slot.current = worker
  slot.holder ??= worker.id
}

/** Takes the worker's place away; the replacement that starts, if there is one, gets it. */
export function vacate(slot: Slot, vacancy: Vacancy): void {
  slot.current = slot.next
  slot.next = undefined
  slot.vacancy = vacancy
}
