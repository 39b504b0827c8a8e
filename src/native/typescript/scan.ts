import { performance } from 'node:perf_hooks'

import type { ScanRequest, ScanTable } from '../backend.ts'
import { list } from './operations.ts'
import type { Steps } from './operations.ts'
import { appendProcessRow } from './process_row.ts'
import type { RowRequest, ScanTarget } from './process_row.ts'
import { ScanTableBuilder } from './scan_table.ts'

const MAX_PID = 2 ** 31 - 1

/**
 * Every process of a /proc tree, one after the other, in ascending order of pid; or the errno that reading the list of
 * pids met, or want of descriptors or memory. A process that ends before it could be identified is left out; one that
 * ends later keeps its row and its errno.
 */
export function* scanProcesses(request: ScanRequest): Steps<ScanTable | number> {
  const rows: RowRequest = { ...request, deadlineMs: performance.now() + request.budgetMs }

  const targets = request.only === null ? yield* listTargets(request.procRoot) : targetsOf(request.only)
  if (typeof targets === 'number') return targets
  targets.sort((a, b) => a.pid - b.pid)

  const table = new ScanTableBuilder()
  for (const target of targets) {
    const error = yield* appendProcessRow(rows, target, table)
    if (error !== 0) return error
  }
  return table.table()
}

function* listTargets(procRoot: string): Steps<ScanTarget[] | number> {
  const names = yield* list(procRoot)
  if (typeof names === 'number') return -names
  return names
    .filter((name) => /^[0-9]+$/.test(name))
    .map((name) => ({ pid: Number(name), startTicks: undefined }))
    .filter(({ pid }) => pid > 0 && pid <= MAX_PID)
}

function targetsOf(only: Float64Array): ScanTarget[] {
  const targets: ScanTarget[] = []
  for (let at = 0; at + 1 < only.length; at += 2) targets.push({ pid: only[at] ?? 0, startTicks: only[at + 1] })
  return targets
}
