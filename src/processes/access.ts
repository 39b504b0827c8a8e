import { closeSync, existsSync, openSync } from 'node:fs'
import type { Access } from '../system/index.ts'
import type { ProcessInfo } from './process_info.ts'
import { hasAddressSpace } from './process_state.ts'

/**
 * Which of these processes this user may read, by trying: the kernel decides when the file is opened, so that nothing has to
 * be read. Costs some 10 microseconds a process.
 */
export function probeAccess(processes: readonly ProcessInfo[], procRoot = '/proc', ownUid = process.geteuid?.()): Access {
  const file = existsSync(`${procRoot}/self/smaps_rollup`) ? 'smaps_rollup' : 'smaps'
  const counts = { processes: 0, readable: 0, unreadRss: 0, others: 0, othersReadable: 0, deniedOwn: 0 }
  let example: Access['example']
  for (const { pid, uid, rss, state, kernelThread } of processes) {
    if (!hasAddressSpace({ kernelThread, state })) continue
    const outcome = tryOpen(`${procRoot}/${pid}/${file}`)
    if (outcome === 'gone') continue
    const isOther = uid !== ownUid
    counts.processes++
    if (isOther) counts.others++
    if (outcome === 'readable') {
      counts.readable++
      if (isOther) counts.othersReadable++
      continue
    }
    counts.unreadRss += rss
    if (!isOther) counts.deniedOwn++
    example ??= { pid, uid }
  }
  return { ...counts, example }
}

function tryOpen(path: string): 'readable' | 'denied' | 'gone' {
  try {
    closeSync(openSync(path, 'r'))
    return 'readable'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ESRCH' ? 'gone' : 'denied'
  }
}
