import type { Member } from './member.ts'
import { Patience } from './patience.ts'

export interface EndingTimes {
  /** Milliseconds for it to end by itself, then SIGTERM. */
  readonly graceMs: number
  /** From SIGTERM to SIGKILL. */
  readonly termMs: number
}

/** SIGKILL does not end a process that hangs in the kernel. */
const KILLED_MS = 1000 * 10

/** Has a process end: as it was asked to, or by signals. Resolves to false when even SIGKILL has not ended it. */
export async function endMember(member: Member, { graceMs, termMs }: EndingTimes): Promise<boolean> {
  if (await endsWithin(member, graceMs)) return true
  send(member, 'SIGTERM')
  if (await endsWithin(member, termMs)) return true
  send(member, 'SIGKILL')
  return endsWithin(member, KILLED_MS)
}

function send(member: Member, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    member.signal(signal)
  } catch {
    // It is one that did not end; more cannot be done.
  }
}

function endsWithin(member: Member, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const patience = new Patience(ms, () => resolve(false))
    void member.ended.then(() => {
      patience.end()
      resolve(true)
    })
  })
}
