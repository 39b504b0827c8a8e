import type { FieldName } from '../../native/index.ts'
import { cgroupNames, type SnapshotProcess } from '../../processes/index.ts'
import type { Cell, Column } from '../columns.ts'
import type { ProcessRow } from './views.ts'

/** The columns of a process that smem never had. */
export function scannedColumns(): Column<ProcessRow>[] {
  return [
    count('ppid', 'PPID', 'parent process; stat field 4', ({ ppid }) => ppid),
    count('threads', 'Thr', 'how many threads; stat field 20', ({ threads }) => threads),
    text('state', 'S', 'state letter; stat field 3', 1, ({ state }) => state),
    text('cgroup', 'Cgroup', 'cgroup that accounts its memory; /proc/PID/cgroup', 24, ({ cgroup }) => cgroup ?? '-'),
    text('container', 'Container', 'container, from the cgroup path', 24, ({ cgroup }) => cgroupNames(cgroup).container ?? '-'),
    text('unit', 'Unit', 'systemd unit, from the cgroup path', 24, ({ cgroup }) => cgroupNames(cgroup).unit ?? '-'),
    count('start', 'Start', 'seconds after boot when it started; stat field 22', ({ startTime }) => startTime / 1000),
    count('cost', 'Cost', 'microseconds that reading it took', ({ costNs }) => Math.round(costNs / 1000)),
    ...FIGURES.map(([name, header, description]) => figure(name, header, description)),
  ]
}

/** Figures that have no column by another name, with where they come from. */
const FIGURES: readonly (readonly [Exclude<FieldName, 'uss' | 'pss' | 'rss' | 'swap' | 'size' | 'mappings'>, string, string])[] = [
  ['sharedClean', 'ShClean', 'mapped by others too, unchanged; Shared_Clean'],
  ['sharedDirty', 'ShDirty', 'mapped by others too, changed; Shared_Dirty'],
  ['privateClean', 'PrClean', 'of this process only, unchanged; Private_Clean'],
  ['privateDirty', 'PrDirty', 'of this process only, changed; Private_Dirty'],
  ['referenced', 'Refd', 'accessed lately; Referenced'],
  ['anonymous', 'Anon', 'belongs to no file; Anonymous'],
  ['swapPss', 'SwapPSS', 'share of what is swapped out; SwapPss (Linux 4.3)'],
  ['pssDirty', 'PSSDirty', 'dirty part of the PSS; Pss_Dirty (Linux 6.0)'],
  ['pssAnon', 'PSSAnon', 'anonymous part of the PSS; Pss_Anon of smaps_rollup (Linux 5.3)'],
  ['pssFile', 'PSSFile', 'files\' part of the PSS; Pss_File of smaps_rollup (Linux 5.3)'],
  ['pssShmem', 'PSSShm', 'shared memory\'s part of the PSS; Pss_Shmem of smaps_rollup (Linux 5.3)'],
  ['ksm', 'KSM', 'merged by the kernel; KSM (Linux 6.6)'],
  ['lazyFree', 'LazyFree', 'goes when memory is short; LazyFree (Linux 4.12)'],
  ['anonHugePages', 'AnonHuge', 'in transparent huge pages; AnonHugePages'],
  ['shmemPmdMapped', 'ShmHuge', 'shared memory in huge pages; ShmemPmdMapped (Linux 4.8)'],
  ['filePmdMapped', 'FileHuge', 'files in huge pages; FilePmdMapped (Linux 5.4)'],
  ['sharedHugetlb', 'ShHugetlb', 'hugetlbfs, shared; Shared_Hugetlb (Linux 4.4)'],
  ['privateHugetlb', 'PrHugetlb', 'hugetlbfs, private; Private_Hugetlb (Linux 4.4)'],
  ['locked', 'Locked', 'locked into memory; Locked'],
]

function figure(name: (typeof FIGURES)[number][0], header: string, description: string): Column<ProcessRow> {
  return {
    name, header, description, kind: 'amount', align: 'right', width: 8, total: 'sum',
    value: ({ scanned }) => {
      const bytes = scanned?.usage?.[name]
      return bytes === undefined ? undefined : bytes / 1024
    },
  }
}

function count(name: string, header: string, description: string, value: (process: SnapshotProcess) => Cell): Column<ProcessRow> {
  return {
    name, header, description, kind: 'count', align: 'right', width: 6, total: 'blank',
    value: ({ scanned }) => {
      const number = scanned === undefined ? undefined : value(scanned)
      return Number.isNaN(number) ? undefined : number
    },
  }
}

function text(
  name: string, header: string, description: string, width: number, value: (process: SnapshotProcess) => string,
): Column<ProcessRow> {
  return {
    name, header, description, kind: 'text', align: 'left', width, truncate: true, total: 'blank',
    value: ({ scanned }) => scanned === undefined ? '-' : value(scanned),
  }
}
