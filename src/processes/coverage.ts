import type { ScannedProcess } from './process_info.ts'

/** What a scan could not see: the last line of every table that shows it. */
export interface Coverage {
  /** Processes that have memory and were not read. */
  readonly unreadCount: number
  /** Their RSS together, in bytes. */
  readonly unreadRss: number
  /** How many for which code, most frequent first. */
  readonly codes: ReadonlyMap<string, number>
}

/** Zombies and kernel threads use no memory of their own, and processes that ended use none any more. */
const NOTHING_MISSED = new Set(['ERR_NO_ADDRESS_SPACE', 'ESRCH'])

/** Whether there are, or were, figures to be read. */
export function hasMemory({ unavailable }: Pick<ScannedProcess, 'unavailable'>): boolean {
  return unavailable === null || !NOTHING_MISSED.has(unavailable.code)
}

export function coverageOf(processes: readonly Pick<ScannedProcess, 'unavailable' | 'rss'>[]): Coverage {
  const unread = processes.filter((process) => process.unavailable !== null && hasMemory(process))
  const codes = new Map<string, number>()
  for (const { unavailable } of unread) {
    const code = unavailable?.code ?? ''
    codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  return {
    unreadCount: unread.length,
    unreadRss: unread.reduce((sum, { rss }) => sum + knownRss(rss), 0),
    codes: new Map([...codes].sort((a, b) => b[1] - a[1])),
  }
}

/** A hidden process's is not known. */
function knownRss(rss: number): number {
  return Number.isNaN(rss) ? 0 : rss
}

const CURES: Readonly<Record<string, string>> = {
  EACCES: 'run as root or as their user, or grant CAP_PERFMON (Linux 6.15) or CAP_SYS_PTRACE',
  EPERM: '/proc hides them (hidepid=1); run as root, or grant CAP_SYS_PTRACE',
  ERR_OVER_MAX_RSS: 'raise the RSS limit',
  ERR_OVER_BUDGET: 'raise the time budget',
  ERR_NOT_CAPTURED: 'capture again as root',
  EMFILE: 'raise the limit of open files (ulimit -n)',
}

/** One sentence, or undefined when everything was seen. `amountOf` writes a number of bytes; default in kB, as smem's tables do. */
export function describeCoverage(
  { unreadCount, unreadRss, codes }: Coverage, amountOf: (bytes: number) => string = inKilobytes,
): string | undefined {
  if (unreadCount === 0) return undefined
  const why = [...codes].map(([code, count]) => `${count} ${code}`).join(', ')
  const cures = [...new Set([...codes.keys()].map((code) => CURES[code]).filter((cure) => cure !== undefined))]
  const hint = cures.length === 0 ? '' : `; ${cures.join('; ')}`
  const processes = unreadCount === 1 ? '1 process' : `${unreadCount} processes`
  return `${processes} with ${amountOf(unreadRss)} RSS could not be read (${why})${hint}`
}

function inKilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} kB`
}
