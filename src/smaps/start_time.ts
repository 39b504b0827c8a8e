/** Ticks a second of every /proc file, on all architectures that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100

/** Milliseconds after boot. */
export function toStartTime(ticks: number): number {
  return (ticks * 1000) / TICKS_PER_SECOND
}

export function toStartTicks(startTime: number): number {
  return (startTime * TICKS_PER_SECOND) / 1000
}
