import { checkInteger, show } from '../../options.ts'

/** What every monitor takes. */
export interface CommonOptions {
  /** Among one watchdog's monitors, each has another. @default the monitor's own */
  name?: string
  /** Violations in a row that make one count. @default as the monitor says, else the watchdog's */
  strikes?: number
}

export const COMMON_NAMES = ['name', 'strikes'] as const
export const MAX_STRIKES = 10_000

/** The name, and the strikes where there are any of its own. */
export function commonParts(options: CommonOptions, name: string, strikes?: number): { name: string; strikes?: number } {
  const { name: ownName = name, strikes: ownStrikes = strikes }: CommonOptions = options
  if (typeof ownName !== 'string' || ownName === '') {
    throw new TypeError(`"name" must be a text that is not empty, got ${show(ownName)}`)
  }
  if (ownStrikes === undefined) return { name: ownName }
  checkStrikes(ownStrikes)
  return { name: ownName, strikes: ownStrikes }
}

export function checkStrikes(strikes: unknown): asserts strikes is number {
  checkInteger(strikes, 'strikes', 1, MAX_STRIKES)
}
