import { constants as os } from 'node:os'
import { basename, join } from 'node:path'
import { backend } from '../native/index.ts'
import { readCharge, readLimits, type CgroupLimit } from './cgroup_memory.ts'
import type { CgroupPlace } from './cgroup_mounts.ts'
import { watchEvents } from './memory_events.ts'
import type { CheckedPressureOptions, PressureEvent, PressureLevel } from './pressure_options.ts'
import { addTelling, reasonOf, type PressureSource, type SourceHost } from './pressure_source.ts'
import { readCounts, readNumber } from './text_file.ts'

/** Watches how near the control group, or the one above it that has the smallest limit, comes to its limit. */
export function watchLimits(options: CheckedPressureOptions, memory: CgroupPlace | undefined, host: SourceHost): void {
  if (memory === undefined) return host.skip('max', options.scope.cgroupRoot, 'no control group accounts the memory')
  const limit = readLimits(memory)[0]
  const folder = limit?.folder ?? memory.levels[0]
  if (memory.version === 2) {
    watchEvents(memory.levels[0], 'memory.events', host)
    if (folder !== memory.levels[0]) watchEvents(folder, 'memory.events.local', host)
    if (options.levels.length > 0) host.skip('level', join(folder, 'memory.pressure_level'), 'only version 1 has levels')
  } else {
    for (const level of options.levels) watchLevel(folder, level, host)
    watchOom(folder, host)
  }
  for (const share of options.thresholds) watchThreshold(memory.version, folder, limit, share, host)
}

function watchLevel(folder: string, level: PressureLevel, host: SourceHost): void {
  const path = join(folder, 'memory.pressure_level')
  const detail = `${basename(folder)} reclaims memory at level ${level}`
  const errno = count(folder, 'memory.pressure_level', level, { kind: 'level', path, condition: level }, host,
    (hits) => ({ kind: 'level', path, detail, level, count: hits }))
  if (errno !== 0) host.skip('level', path, errno === NO_ADDON ? 'needs the addon: there is nothing to be read' : reasonOf(errno))
}

function watchOom(folder: string, host: SourceHost): void {
  const path = join(folder, 'memory.oom_control')
  const event = (hits: number): PressureEvent =>
    ({ kind: 'oom', path, detail: `${basename(folder)} has run out of memory`, count: hits })
  const about = { kind: 'oom', path, condition: 'out of memory' } as const
  const errno = count(folder, 'memory.oom_control', '', about, host, event)
  if (errno === 0) return
  let before = readCounts(path).get('oom_kill') // since 4.13
  if (before === undefined) return host.skip('oom', path, reasonOf(errno))
  const tick = (): void => {
    const now = readCounts(path).get('oom_kill') ?? before ?? 0
    if (before !== undefined && now > before) host.emit(event(now - before))
    before = now
  }
  host.add({ ...about, how: 'polled' }, { tick, close: () => undefined })
}

function watchThreshold(
  version: 1 | 2, folder: string, limit: CgroupLimit | undefined, share: number, host: SourceHost,
): void {
  const path = join(folder, version === 2 ? 'memory.current' : 'memory.usage_in_bytes')
  if (limit === undefined) return host.skip('threshold', path, 'there is no limit to have a share of')
  const bytes = Math.floor(limit.bytes * share)
  const percent = `${Math.round(share * 1000) / 10} %`
  const about = { kind: 'threshold', path, condition: `${bytes} bytes, ${percent} of the limit` } as const
  const event = (used: number, hits: number): PressureEvent => ({
    kind: 'threshold', path, count: hits,
    detail: `${basename(folder)} uses ${used} bytes with its page cache, above ${percent} of its limit of ${limit.bytes}`,
  })
  if (version === 1) {
    // Told of crossings in both directions.
    const errno = count(folder, 'memory.usage_in_bytes', String(bytes), about, host, (hits) => {
      const used = readCharge(version, folder)
      return used === undefined || used < bytes ? undefined : event(used, hits)
    })
    if (errno === 0) return
  }
  let above = (readCharge(version, folder) ?? 0) >= bytes
  const tick = (): void => {
    const was = above
    const used = readCharge(version, folder) ?? 0
    // The limit may have been changed since, where nobody registered an amount.
    above = used >= Math.floor((readNumber(limit.path) ?? limit.bytes) * share)
    if (above && !was) host.emit(event(used, 1))
  }
  host.add({ ...about, how: 'polled' }, { tick, close: () => undefined })
}

const NO_ADDON = os.errno.ENOSYS

/** An eventfd of version 1. 0 or an errno; `toEvent` may find that it is no event after all. */
function count(
  folder: string, file: string, args: string, about: Pick<PressureSource, 'kind' | 'path' | 'condition'>, host: SourceHost,
  toEvent: (hits: number) => PressureEvent | undefined,
): number {
  const { pressure } = backend()
  if (pressure === undefined) return NO_ADDON
  const source: PressureSource = { ...about, how: 'told' }
  return addTelling(host, {
    source,
    intervalMs: host.intervalMs,
    open: (notify) => pressure.counter(folder, file, args, notify),
    hit: (hits) => {
      const event = toEvent(hits)
      if (event !== undefined) host.emit(event)
    },
    ended: () => host.end(source, 'it has ended: the control group was removed'),
  })
}
