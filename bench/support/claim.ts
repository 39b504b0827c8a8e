/** One sentence of the README that a figure must bear out. */
export interface Claim {
  /** What `--only` and the JSON call it. */
  readonly name: string
  /** What is divided by what, or what is measured. */
  readonly text: string
  readonly unit: 'ratio' | 'ms'
  readonly goal: Goal
  /** undefined: cannot be measured on this machine, for the reason that `skip` gave. */
  measure(effort: Effort): Promise<Measured | Skipped>
}

export interface Goal {
  readonly is: '<=' | '>=' | '<'
  readonly limit: number
}

export interface Measured {
  readonly value: number
  /** The figures behind the value, for the reader who doubts it. */
  readonly detail: string
}

/** The claim is about something that this machine lacks. */
export interface Skipped {
  readonly skipped: string
}

/** How long to measure. */
export interface Effort {
  readonly rounds: number
  /** Of each side of each round, in seconds. */
  readonly sideSeconds: number
}

export const FULL: Effort = { rounds: 41, sideSeconds: 0.03 }
export const QUICK: Effort = { rounds: 9, sideSeconds: 0.02 }

export function holds({ is, limit }: Goal, value: number): boolean {
  switch (is) {
    case '<=': return value <= limit
    case '>=': return value >= limit
    case '<': return value < limit
  }
}
