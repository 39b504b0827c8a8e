import type { Unavailable } from '../processes/index.ts'
import { maxJsonBytes } from './json_limit.ts'

/** What a capture of ours tells besides the files of /proc: the member smem-ts.json. */
export interface CaptureNotes {
  /** Milliseconds since the epoch. */
  readonly takenAt: number | undefined
  /** Why processes have no smaps. */
  readonly unread: ReadonlyMap<number, Unavailable>
}

export interface CaptureHost {
  readonly hostname: string
  /** As `uname -r`. */
  readonly kernel: string
  readonly bootId: string | undefined
}

export function writeCaptureNotes(takenAt: number, host: CaptureHost, unread: ReadonlyMap<number, Unavailable>): string {
  const reasons = [...unread].map(([pid, { code, reason }]) => ({ pid, code, reason }))
  return `${JSON.stringify({ schema: 1, type: 'capture', takenAt, ...host, unread: reasons })}\n`
}

/** undefined when there is none that we understand: captures of other programs have none. */
export function readCaptureNotes(bytes: Uint8Array | undefined): CaptureNotes | undefined {
  if (bytes === undefined || bytes.length > maxJsonBytes()) return undefined
  const notes = parseObject(Buffer.from(bytes).toString('utf8'))
  if (notes?.['type'] !== 'capture') return undefined
  const takenAt = notes['takenAt']
  const unread = new Map<number, Unavailable>()
  for (const entry of Array.isArray(notes['unread']) ? notes['unread'] as unknown[] : []) {
    const { pid, code, reason } = (entry ?? {}) as Record<string, unknown>
    if (typeof pid === 'number' && typeof code === 'string' && typeof reason === 'string') unread.set(pid, { code, reason })
  }
  return { takenAt: typeof takenAt === 'number' && Number.isFinite(takenAt) ? takenAt : undefined, unread }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : undefined
  } catch {
    return undefined
  }
}
