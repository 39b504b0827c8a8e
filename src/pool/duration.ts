const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Milliseconds as one writes them in an option: '250ms', '1.5s', '10m', '2h'. */
export function durationText(ms: number): string {
  if (ms >= HOUR) return `${rounded(ms / HOUR)}h`
  if (ms >= MINUTE) return `${rounded(ms / MINUTE)}m`
  return ms >= SECOND ? `${rounded(ms / SECOND)}s` : `${Math.round(ms)}ms`
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
