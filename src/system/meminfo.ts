import { readFileSync } from 'node:fs'
import { errnoOf, codeOf, SmemError } from '../errors.ts'
import { checkOptions, checkPath } from '../options.ts'

/** [property, kernel's name]; figures in kB become bytes, the HugePages_ ones are counts. */
const MEMINFO_FIELDS = [
  ['memTotal', 'MemTotal'],
  ['memFree', 'MemFree'],
  ['memAvailable', 'MemAvailable'],
  ['buffers', 'Buffers'],
  ['cached', 'Cached'],
  ['swapCached', 'SwapCached'],
  ['active', 'Active'],
  ['inactive', 'Inactive'],
  ['activeAnon', 'Active(anon)'],
  ['inactiveAnon', 'Inactive(anon)'],
  ['activeFile', 'Active(file)'],
  ['inactiveFile', 'Inactive(file)'],
  ['unevictable', 'Unevictable'],
  ['mlocked', 'Mlocked'],
  ['swapTotal', 'SwapTotal'],
  ['swapFree', 'SwapFree'],
  ['zswap', 'Zswap'],
  ['zswapped', 'Zswapped'],
  ['dirty', 'Dirty'],
  ['writeback', 'Writeback'],
  ['anonPages', 'AnonPages'],
  ['mapped', 'Mapped'],
  ['shmem', 'Shmem'],
  ['kReclaimable', 'KReclaimable'],
  ['slab', 'Slab'],
  ['sReclaimable', 'SReclaimable'],
  ['sUnreclaim', 'SUnreclaim'],
  ['kernelStack', 'KernelStack'],
  ['pageTables', 'PageTables'],
  ['commitLimit', 'CommitLimit'],
  ['committedAs', 'Committed_AS'],
  ['vmallocUsed', 'VmallocUsed'],
  ['percpu', 'Percpu'],
  ['anonHugePages', 'AnonHugePages'],
  ['shmemHugePages', 'ShmemHugePages'],
  ['fileHugePages', 'FileHugePages'],
  ['hugePagesTotal', 'HugePages_Total'],
  ['hugePagesFree', 'HugePages_Free'],
  ['hugepagesize', 'Hugepagesize'],
  ['hugetlb', 'Hugetlb'],
] as const

/**
 * /proc/meminfo in bytes, names as in proc_meminfo(5) but in camelCase; `hugePagesTotal` and `hugePagesFree` are counts.
 * A figure that this kernel does not have is undefined.
 */
export type Meminfo = Readonly<Record<(typeof MEMINFO_FIELDS)[number][0], number | undefined>>

/**
 * The machine's memory. Costs some 20 microseconds.
 *
 * @throws {SmemError} `ENOENT` where procfs is mounted with subset=pid, or another system error
 */
export function readMeminfo(options: { procRoot?: string } = {}): Meminfo {
  checkOptions(options, ['procRoot'], 'readMeminfo')
  const { procRoot = '/proc' } = options
  checkPath(procRoot, 'procRoot')
  const path = `${procRoot}/meminfo`
  try {
    return parseMeminfo(readFileSync(path, 'latin1'))
  } catch (error) {
    const errno = errnoOf(error)
    const code = codeOf(errno)
    throw new SmemError(code, `cannot read ${path}: ${code}`, { errno: -errno, syscall: 'open', path })
  }
}

export function parseMeminfo(text: string): Meminfo {
  const figures = new Map<string, number>()
  for (const line of text.split('\n')) {
    const parts = /^([^:]+):\s*(\d+)( kB)?$/.exec(line)
    if (parts?.[1] !== undefined) figures.set(parts[1], Number(parts[2]) * (parts[3] === undefined ? 1 : 1024))
  }
  return Object.fromEntries(MEMINFO_FIELDS.map(([property, name]) => [property, figures.get(name)])) as Meminfo
}
