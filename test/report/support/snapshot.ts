import type { SmemMeminfo } from '../../../src/report/smem/system.ts'
import type { SmemMapping, SmemProcess } from '../../../src/report/smem/snapshot.ts'
import { filesOf } from '../../fixtures/smem/make_tree.ts'
import { treeOf, USER_NAMES, type ProcessSpec, type TreeName } from '../../fixtures/smem/trees.ts'
import { decode, readText, splitLines } from './python_text.ts'
import { parseSmapsAsSmem } from './smem_smaps.ts'

export interface Snapshot {
  readonly processes: readonly SmemProcess[]
  readonly meminfo: SmemMeminfo
}

const snapshots = new Map<string, Snapshot>()

/** What smem sees of a tree (`plain`) or of a capture of it (`plain.tar`), without its files being written. */
export function snapshotOf(source: string): Snapshot {
  const cached = snapshots.get(source)
  if (cached !== undefined) return cached
  const [name, ...extensions] = source.split('.')
  const tree = treeOf(name as TreeName)
  const isCapture = extensions.includes('tar')
  const snapshot = {
    meminfo: meminfoOf(tree.meminfo),
    processes: tree.processes.map((spec) => ({
      pid: spec.pid,
      uid: spec.uid,
      // A capture holds uids, and names only when it was made by another program than smemcap.
      user: (isCapture && !extensions.includes('named') ? undefined : USER_NAMES.get(spec.uid)) ?? String(spec.uid),
      ...textsOf(spec, isCapture ? decode : readText),
      mappings: mappingsOf(spec, isCapture),
    })),
  }
  snapshots.set(source, snapshot)
  return snapshot
}

function textsOf(spec: ProcessSpec, read: (bytes: Uint8Array) => string): { comm: string, command: string } {
  const files = filesOf(spec)
  return {
    comm: attempt(() => {
      const stat = read(files.stat)
      return stat.slice(stat.indexOf('(') + 1, stat.indexOf(')'))
    }),
    // smem drops the last character, whatever it is.
    command: attempt(() => [...read(files.cmdline)].slice(0, -1).join('').replaceAll('\0', ' ')),
  }
}

function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return '?'
  }
}

/** Processes without a command line are kernel threads to smem, and have no row; nor have those it cannot parse. */
function mappingsOf(spec: ProcessSpec, isCapture: boolean): SmemMapping[] {
  const { smaps, cmdline } = filesOf(spec)
  if (cmdline.length <= 1) return []
  try {
    return parseSmapsAsSmem(isCapture ? decode(smaps).split('\n').slice(0, -1) : splitLines(readText(smaps)))
  } catch {
    return []
  }
}

function meminfoOf(text: string): SmemMeminfo {
  const figure = (name: string): number | undefined => {
    const value = new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1]
    return value === undefined ? undefined : Number(value)
  }
  return {
    memTotal: figure('MemTotal'),
    memFree: figure('MemFree'),
    buffers: figure('Buffers'),
    cached: figure('Cached'),
    sReclaimable: figure('SReclaimable'),
    anonPages: figure('AnonPages'),
    mapped: figure('Mapped'),
    swapTotal: figure('SwapTotal'),
  }
}
