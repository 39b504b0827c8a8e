import { BackOff, durationText, type RollOutcome } from '../../pool/index.ts'
import { measureMemory, type PoolMemory } from './effect.ts'
import { Relief } from './relief.ts'
import { refork, type ReforkParts, type ReforkSteps } from './refork.ts'

/** What a refork was good for. */
export interface Refork {
  readonly status: RollOutcome['status']
  /** That it has opened; of one that failed, the present one. */
  readonly generation: number
  /** Why it failed; undefined otherwise. */
  readonly failure: string | undefined
  /** Of all processes of the pool, the mold's included, before. */
  readonly before: PoolMemory
  /** The same when the last worker had been replaced. */
  readonly after: PoolMemory
  /** Milliseconds from the order to the end of the last worker that had to go. */
  readonly tookMs: number
  readonly steps: Readonly<ReforkSteps>
  readonly outcome: RollOutcome
}

export interface ReforksOptions extends Omit<ReforkParts, 'isStopped' | 'steps' | 'relief'> {
  readonly clock: () => number
  readonly onEnd: (refork: Refork) => void
}

/** The reforks of a pool: one at a time, with back-off after one that failed, and with what each brought. */
export class Reforks {
  readonly #options: ReforksOptions
  #backOff: BackOff
  #current: Promise<Refork> | undefined
  readonly #relief = new Relief()
  #isStopped = false
  #isLeveling = false
  #isClosed = false

  constructor(options: ReforksOptions) {
    this.#options = options
    this.#backOff = new BackOff(options.options.limits)
  }

  get isReforking(): boolean {
    return this.#current !== undefined
  }

  /** Whether one may be tried now. */
  get isAllowed(): boolean {
    return this.#backOff.notBefore <= this.#options.clock()
  }

  /** The engine wants a worker to drain. Whether it is to be the mold instead, and is not to be told. */
  takes(id: number): boolean {
    return this.#relief.takes(id)
  }

  /** While one is going on, its promise is returned. Never rejects. */
  refork(): Promise<Refork> {
    this.#current ??= this.#refork().finally(() => {
      this.#current = undefined
      this.#options.tickSoon()
    })
    return this.#current
  }

  /** What is going on comes to nothing. */
  stop(): void {
    this.#isStopped = true
  }

  /**
   * Has workers that an unfinished refork has left behind replaced by copies of the mold in office. To be called now and again;
   * returns when next, undefined when there is nothing to wait for.
   */
  level(): number | undefined {
    const { clock, engine, molds } = this.#options
    if (this.isReforking || this.#isLeveling || this.#isClosed || molds.office === undefined) return undefined
    const serving = engine.workers().filter(({ state }) => state === 'serving')
    const behind = serving.filter(({ generation }) => generation !== engine.generation)
    if (behind.length === 0 || behind.length === serving.length) return undefined
    if (!this.isAllowed) return Math.max(this.#backOff.notBefore, clock())
    this.#isLeveling = true
    void Promise.all(behind.map(({ id }) => engine.recycle(id))).then((outcomes) => {
      this.#isLeveling = false
      if (outcomes.some(({ status }) => status === 'failed')) this.#backOff.startFailed(clock())
      this.#options.tickSoon()
    })
    this.#options.tickSoon()
    return undefined
  }

  close(): void {
    this.#isClosed = true
    this.#isStopped = true
  }

  async #refork(): Promise<Refork> {
    const { clock, engine, onEnd } = this.#options
    const startedAt = clock()
    if (this.#isClosed) return this.#closed(this.#failed('', startedAt))
    this.#isStopped = false
    const before = await this.#measure()
    const steps: ReforkSteps = {}
    const outcome = await this.#try(startedAt, steps)
    const tookMs = clock() - startedAt
    const { status, failure } = outcome
    const after = await this.#measure()
    if (this.#isClosed && status !== 'done') return this.#closed(outcome)
    const result = { status, failure, outcome, before, after, generation: engine.generation, tookMs, steps }
    if (!this.#isClosed) onEnd(result)
    return result
  }

  /** Whatever it is that it failed of, it is for that reason. */
  #closed({ tookMs, replaced }: RollOutcome): Refork {
    const { engine, crew } = this.#options
    const kept = engine.workers().map(({ id }) => id).filter((id) => crew.find(id) !== undefined)
    const [status, failure, unknown] = ['stopped', 'the pool was closed', { pss: undefined, uss: undefined }] as const
    return {
      status, failure, outcome: { status, failure, replaced, kept, tookMs }, before: unknown, after: unknown,
      generation: engine.generation, tookMs, steps: {},
    }
  }

  async #try(startedAt: number, steps: ReforkSteps): Promise<RollOutcome> {
    const { clock } = this.#options
    const waitMs = this.#backOff.notBefore - clock()
    if (waitMs > 0) return this.#failed(`the one before has failed, and the next is allowed in ${durationText(waitMs)}`, startedAt)
    try {
      const outcome = await refork({ ...this.#options, steps, relief: this.#relief, isStopped: () => this.#isStopped })
      if (outcome.status === 'failed') this.#backOff.startFailed(clock())
      else if (outcome.status === 'done') this.#backOff = new BackOff(this.#options.options.limits)
      return outcome
    } catch (error) {
      if (!this.#isStopped) this.#backOff.startFailed(clock())
      return this.#failed((error as Error).message, startedAt)
    }
  }

  #failed(failure: string, startedAt: number): RollOutcome {
    const { clock, engine } = this.#options
    return {
      status: this.#isStopped ? 'stopped' : 'failed', replaced: [], kept: engine.workers().map(({ id }) => id), failure,
      tookMs: clock() - startedAt,
    }
  }

  #measure(): Promise<PoolMemory> {
    return measureMemory(this.#options.crew.members().map(({ pid }) => pid).filter((pid) => pid !== 0))
  }
}
