/** How a process ended. Both null: that cannot be told. */
export interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

/** To follow the name of the process in a sentence. */
export function endText({ code, signal }: Ending = { code: null, signal: null }): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
}
