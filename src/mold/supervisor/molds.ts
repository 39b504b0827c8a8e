import { BackOff, durationText } from '../../pool/index.ts'
import type { CheckedMoldPool } from '../mold_pool_options.ts'
import type { Crew } from './crew.ts'
import { endMember } from './ending.ts'
import type { Member } from './member.ts'
import { Patience } from './patience.ts'

export interface MoldsOptions {
  readonly crew: Crew
  readonly options: CheckedMoldPool
  readonly clock: () => number
  readonly warn: (warning: string) => void
  /** A mold has come into office: workers may be forked. */
  readonly onOffice: () => void
}

const EXIT_MS = 1000 * 2

/** Which mold is in office, that is, forks the workers; how the first one comes, and how one that was lost is replaced. */
export class Molds {
  readonly #molds: MoldsOptions
  readonly #backOff: BackOff
  #office: Member | undefined
  #booting: Member | undefined
  #wait: { readonly patience: Patience, readonly end: () => void } | undefined
  #servedSince = 0
  /** Forks in a row that the mold in office has refused. */
  #refusals = 0
  #isClosed = false

  constructor(options: MoldsOptions) {
    this.#molds = options
    this.#backOff = new BackOff(options.options.limits)
  }

  get office(): Member | undefined {
    return this.#office
  }

  /** One that loads the application. */
  get booting(): Member | undefined {
    return this.#booting
  }

  /** Puts a mold into office; returns the one that was there, which lives on. */
  install(mold: Member): Member | undefined {
    const former = this.#office
    this.#office = mold
    this.#refusals = 0
    this.#servedSince = this.#molds.clock()
    this.#molds.onOffice()
    return former
  }

  /** A process has ended. Whether it was the mold in office. */
  ended(member: Member): boolean {
    if (member !== this.#office) return false
    this.#office = undefined
    return true
  }

  /** The mold has forked. */
  forked(mold: Member): void {
    if (mold === this.#office) this.#refusals = 0
  }

  /** The mold is well and has not forked. What keeps it from that may be there for good: after some times another follows. */
  refused(mold: Member, reason: string): void {
    const { maxStartFailures } = this.#molds.options.limits
    if (mold !== this.#office || ++this.#refusals < maxStartFailures || this.#isClosed) return
    const times = this.#refusals === 1 ? 'a fork' : `${this.#refusals} forks in a row`
    this.#molds.warn(`${mold.name} has refused ${times}, and is ended; the workers serve on: ${reason}`)
    this.#office = undefined
    void this.end(mold)
  }

  /** It cannot be told anything any more, and ends by itself, as a rule. */
  lost(mold: Member): void {
    if (mold === this.#office) void this.end(mold)
  }

  /** Starts a program that loads the application, and puts it into office. Rejects when it cannot be loaded. */
  async boot(generation: number): Promise<void> {
    const { crew, options } = this.#molds
    const mold = crew.add('mold', 0, generation)
    this.#booting = mold
    try {
      crew.spawn(mold)
      await mold.hear(({ type }) => (type === 'loaded' ? true : undefined), options.loadTimeout, 'has not loaded the application')
    } catch (error) {
      void this.end(mold)
      throw error
    } finally {
      this.#booting = undefined
    }
    if (this.#isClosed) void this.end(mold)
    else this.install(mold)
  }

  /** Boots until there is one, with back-off. */
  async recover(generation: () => number): Promise<void> {
    const { clock, warn } = this.#molds
    // It served as a mold: the first time at once.
    this.#backOff.died(clock())
    while (this.#office === undefined && !this.#isClosed) {
      await this.#sleep(this.#backOff.notBefore - clock())
      if (this.#office !== undefined || this.#isClosed) return
      try {
        await this.boot(generation())
      } catch (error) {
        this.#backOff.startFailed(clock())
        if (this.#isClosed) return
        const wait = durationText(this.#backOff.notBefore - clock())
        warn(`no mold could be started, and is tried again in ${wait}; workers serve on: ${(error as Error).message}`)
      }
    }
  }

  /** Called from time to time: a mold that has been in office for long clears the back-off. */
  consider(): void {
    if (this.#office === undefined) return
    this.#backOff.consider({ startedAt: this.#servedSince, readyAt: this.#servedSince }, this.#molds.clock())
  }

  async end(mold: Member): Promise<void> {
    mold.want({ type: 'exit' })
    const isGone = await endMember(mold, { graceMs: EXIT_MS, termMs: this.#molds.options.limits.termTimeout })
    if (!isGone) this.#molds.warn(`${mold.name} has not ended after SIGKILL: the kernel holds it`)
  }

  /** Starts none any more. */
  close(): void {
    this.#isClosed = true
    this.#wait?.patience.end()
    this.#wait?.end()
  }

  async #sleep(ms: number): Promise<void> {
    if (ms <= 0) return
    await new Promise<void>((end) => {
      this.#wait = { patience: new Patience(ms, end), end }
    })
    this.#wait = undefined
  }
}
