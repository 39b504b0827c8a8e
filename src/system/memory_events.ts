import { watch, type FSWatcher } from 'node:fs'
import { basename, join } from 'node:path'
import type { PressureSource, SourceHost } from './pressure_source.ts'
import { readCounts } from './text_file.ts'

const KINDS = ['high', 'max', 'oom'] as const

const DETAILS = {
  high: 'was slowed down at its memory.high',
  max: 'came to its limit',
  oom: 'has run out of memory',
} as const

/**
 * Watches the counts of version 2's memory.events: `wanted` of it, else the file of that name without '.local' (before 5.2). The
 * kernel marks it as modified, which inotify tells; and it is read each interval, for where inotify cannot be had.
 */
export function watchEvents(folder: string, wanted: 'memory.events' | 'memory.events.local', host: SourceHost): void {
  const paths = [join(folder, wanted), join(folder, 'memory.events')]
  const path = paths.find((candidate) => readCounts(candidate).size > 0)
  if (path === undefined) {
    // The root has none, as it has no limit.
    return host.skip('max', paths[0] ?? folder, 'there are no counts to read: the root, or without the memory controller')
  }
  let before = readCounts(path)
  let toldAtMs = -Infinity
  const check = (): void => {
    const now = readCounts(path)
    if (now.size === 0) return sources.forEach((source) => host.end(source, 'it has ended: the control group was removed'))
    const last = before
    before = now
    for (const kind of KINDS) {
      const count = Math.max(...namesOf(kind).map((name) => (now.get(name) ?? 0) - (last.get(name) ?? 0)))
      if (count <= 0) continue
      toldAtMs = performance.now()
      host.emit({ kind, path, detail: `${basename(folder)} ${DETAILS[kind]}`, count })
    }
  }
  // A group at its limit is told of a hundred times a second: what comes too soon waits for the interval's own check.
  const watcher = tryWatch(path, () => {
    if (performance.now() - toldAtMs >= host.intervalMs) check()
  })
  const how = watcher === undefined ? 'polled' : 'told'
  const sources = KINDS.map((kind): PressureSource => ({ kind, path, how, condition: `more of '${kind}'` }))
  const [first, ...others] = sources
  if (first !== undefined) host.add(first, { tick: check, close: () => watcher?.close() })
  for (const other of others) host.add(other, { close: () => undefined })
}

/** Somebody killed for want of memory is a case of `oom` even where the count of that name stays. */
function namesOf(kind: (typeof KINDS)[number]): readonly string[] {
  return kind === 'oom' ? ['oom', 'oom_kill'] : [kind]
}

function tryWatch(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onChange)
    watcher.on('error', () => watcher.close()) // the interval goes on
    return watcher
  } catch {
    return undefined // no inotify instance or watch is left: the interval has to do
  }
}
