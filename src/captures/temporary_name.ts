import { createHash, randomBytes } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { hasAddressSpace, parseProcessStat } from '../native/index.ts'

/** Of those 255 bytes that a name may have, the rest is for what tells the maker. */
const MAX_BASE = 200
/** PID-STARTTICKS-PLACE-RANDOM. */
const MAKER = /^(\d+)-(\d+)-([0-9a-f]{8})-[0-9a-f]{8}$/
const DAY_MS = 1000 * 60 * 60 * 24

/** A hidden name for the unfinished file `base`, which tells what process is writing it. */
export function temporaryName(base: string): string {
  const start = startTicksOf(process.pid) ?? 0
  return `${prefixOf(base)}${process.pid}-${start}-${thisPlace()}-${randomBytes(4).toString('hex')}`
}

/**
 * Removes what processes of this user left behind that were killed while they were writing the file `base`. Of another machine's,
 * container's or boot's processes nothing is known but when they wrote last: theirs are removed after a day. What cannot be
 * removed stays.
 */
export function removeLeftovers(directory: string, base: string): void {
  const prefix = prefixOf(base)
  for (const name of attemptOr([], () => readdirSync(directory))) {
    const maker = name.startsWith(prefix) ? MAKER.exec(name.slice(prefix.length)) : null
    if (maker === null) continue
    const path = join(directory, name)
    if (attemptOr(false, () => isLeftover(path, maker))) attemptOr(undefined, () => rmSync(path))
  }
}

function prefixOf(base: string): string {
  return `.${Buffer.from(base).subarray(0, MAX_BASE).toString()}.`
}

function isLeftover(path: string, [, pid, start, place]: RegExpExecArray): boolean {
  const stat = lstatSync(path)
  // hidepid hides the processes of other users, which may well be at work.
  if (!stat.isFile() || stat.uid !== process.geteuid?.()) return false
  return place === thisPlace() ? startTicksOf(Number(pid)) !== Number(start) : Date.now() - stat.mtimeMs > DAY_MS
}

/** undefined: there is no such process, or it has ended and was not reaped yet. */
function startTicksOf(pid: number): number | undefined {
  const stat = attemptOr(undefined, () => parseProcessStat(readFileSync(`/proc/${pid}/stat`)))
  return stat !== undefined && hasAddressSpace(stat) ? stat.startTicks : undefined
}

/** Where a pid means the same: within one boot, and one pid namespace. */
function thisPlace(): string {
  const boot = attemptOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'))
  const namespace = attemptOr('', () => readlinkSync('/proc/self/ns/pid'))
  return createHash('sha256').update(`${boot}${namespace}`).digest('hex').slice(0, 8)
}

function attemptOr<T>(otherwise: T, call: () => T): T {
  try {
    return call()
  } catch {
    return otherwise
  }
}
