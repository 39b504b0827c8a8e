import { statSync } from 'node:fs'
import { constants as os } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { backend, type PressureListener, type PressurePoll } from '../native/index.ts'
import type { CgroupPlace } from './cgroup_mounts.ts'
import type { CheckedPressureOptions, CheckedTrigger } from './pressure_options.ts'
import { addTelling, reasonOf, type PressureSource, type SourceHost } from './pressure_source.ts'
import { pollStalls } from './stall_poll.ts'

/** What every user may ask for: without CAP_SYS_RESOURCE the window has to be a multiple of 2 s. */
const PLAIN = { stallMs: 200, windowMs: 2000 }
const NO_POLL = 'needs the addon: node:fs cannot poll a descriptor'

/**
 * Watches stalls by the first of these that works: what the service manager names, the control group's memory.pressure, and the
 * machine's /proc/pressure/memory; else reads the totals of the latter two each interval. When one ends (the group is removed) the
 * next one takes over. $MEMORY_PRESSURE_WATCH=/dev/null switches all of it off.
 */
export function watchStalls(options: CheckedPressureOptions, unified: CgroupPlace | undefined, host: SourceHost): void {
  const { env, scope: { procRoot }, trigger } = options
  const service = env['MEMORY_PRESSURE_WATCH'] ?? ''
  if (service === '/dev/null') return host.skip('psi', service, 'switched off by MEMORY_PRESSURE_WATCH=/dev/null')
  const files = [...(unified === undefined ? [] : [join(unified.levels[0], 'memory.pressure')]), `${procRoot}/pressure/memory`]
  const attempts: ((next: () => void) => boolean)[] = [
    ...(service === '' ? [] : [(next: () => void) => watchService(service, env['MEMORY_PRESSURE_WRITE'], trigger, host, next)]),
    ...files.map((path) => (next: () => void) => watchFile(path, trigger, host, next)),
    ...files.map((path) => (next: () => void) => pollStalls(path, trigger, host, next)),
  ]
  startFrom(attempts)
}

/** The first attempt that works; when it ends, the first one after it. */
function startFrom(attempts: readonly ((next: () => void) => boolean)[]): void {
  attempts.some((attempt, i) => attempt(() => startFrom(attempts.slice(i + 1))))
}

/** systemd's protocol: a file of PSI, a FIFO, or a socket that listens. */
function watchService(
  path: string, write: string | undefined, trigger: CheckedTrigger, host: SourceHost, next: () => void,
): boolean {
  const refuse = (reason: string): false => {
    host.skip('service', path, reason)
    return false
  }
  if (!isAbsolute(path)) return refuse('MEMORY_PRESSURE_WATCH is no absolute path')
  const given = write === undefined ? undefined : decodeBase64(write)
  if (write !== undefined && given === undefined) return refuse('MEMORY_PRESSURE_WRITE is not base64')
  const { pressure } = backend()
  if (pressure === undefined) return refuse(NO_POLL)

  const text = given ?? toBytes(triggerText(trigger))
  const errno = isFile(path)
    ? run({ kind: 'service', path, condition: toText(text) }, (notify) => pressure.trigger(path, text, notify), host, next)
    : run({ kind: 'service', path, condition: 'any message' },
      (notify) => pressure.stream(path, given ?? new Uint8Array(), notify), host, next)
  return errno === 0 || refuse(reasonOf(errno))
}

function watchFile(path: string, trigger: CheckedTrigger, host: SourceHost, next: () => void): boolean {
  const { pressure } = backend()
  if (pressure === undefined) {
    host.skip('psi', path, NO_POLL)
    return false
  }
  const start = (condition: string): number =>
    run({ kind: 'psi', path, condition }, (notify) => pressure.trigger(path, toBytes(condition), notify), host, next)
  const wanted = triggerText(trigger)
  const plain = triggerText({ ...trigger, ...PLAIN })
  let errno = start(wanted)
  if (errno === os.errno.EINVAL && wanted !== plain) {
    host.skip('psi', path, `'${wanted}' is refused with EINVAL, as windows that are no multiple of 2 s are; '${plain}' instead`)
    errno = start(plain)
  }
  if (errno !== 0) host.skip('psi', path, reasonOf(errno))
  return errno === 0
}

/** 0 or an errno. */
function run(
  about: Pick<PressureSource, 'kind' | 'path' | 'condition'>, open: (notify: PressureListener) => PressurePoll | number,
  host: SourceHost, next: () => void,
): number {
  const { kind, path, condition } = about
  const source: PressureSource = { ...about, how: 'told' }
  const detail = kind === 'psi'
    ? `tasks stalled for want of memory (${condition})` : 'the service manager says that memory is short'
  // The kernel tells of stalls once a window at most; of the service manager that is not known.
  return addTelling(host, {
    source,
    open,
    intervalMs: kind === 'psi' ? 0 : host.intervalMs,
    hit: (count) => host.emit({ kind, path, detail, count }),
    ended: () => {
      host.end(source, 'it has ended: the control group was removed, or nobody is at the other end')
      next()
    },
  })
}

export function triggerText({ kind, stallMs, windowMs }: CheckedTrigger): string {
  return `${kind} ${Math.round(stallMs * 1000)} ${Math.round(windowMs * 1000)}`
}

/** With the NUL at its end: the kernel overwrites the last byte. */
function toBytes(trigger: string): Uint8Array {
  return Buffer.from(`${trigger}\0`)
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1').replaceAll(/[^ -~]/g, '')
}

function decodeBase64(text: string): Uint8Array | undefined {
  return /^(?:[\w+/-]{4})*(?:[\w+/-]{2}==|[\w+/-]{3}=)?$/.test(text) ? Buffer.from(text, 'base64') : undefined
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
