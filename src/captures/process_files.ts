import { hasAddressSpace, pageSize, parseProcessStat, parseStatm } from '../native/index.ts'
import { toArguments, type ProcessInfo } from '../processes/index.ts'
import { toStartTime } from '../smaps/index.ts'
import { cgroupPath } from '../system/index.ts'
import type { FileSource } from './file_source.ts'

/** A process as its files tell of it, without smaps. */
export interface CapturedInfo extends ProcessInfo {
  /** It had an address space when it was captured; undefined when no file tells. */
  readonly hasMemory: boolean | undefined
}

/** What is needed of a source for it. */
export type InfoSource = Pick<FileSource, 'read' | 'uid'>

/** What stands for a uid that the source does not tell. */
export const UNKNOWN_UID = -1

/** Of a process without stat: comm is '?', state is '?', and the numbers are 0. */
export function readInfo(source: InfoSource, pid: number): CapturedInfo {
  const text = source.read(pid, 'stat')
  const stat = text === undefined ? undefined : parseProcessStat(text)
  const memory = text === undefined ? undefined : statMemory(text)
  const status = textOf(source, pid, 'status')
  const statm = source.read(pid, 'statm')
  const commandLine = textOf(source, pid, 'cmdline')
  return {
    pid,
    ppid: stat?.ppid ?? 0,
    startTime: toStartTime(stat?.startTicks ?? 0),
    uid: source.uid(pid) ?? uidInStatus(status) ?? UNKNOWN_UID,
    comm: stat === undefined ? '?' : Buffer.from(stat.comm).toString('utf8'),
    commandLine: commandLine === undefined ? undefined : toArguments(commandLine),
    cgroup: cgroupPath(textOf(source, pid, 'cgroup') ?? ''),
    threads: stat?.threads ?? 0,
    state: String.fromCharCode(stat?.state ?? '?'.charCodeAt(0)),
    kernelThread: stat?.kernelThread ?? false,
    rss: residentInStatus(status) ?? residentPages(statm, memory) * pageSize(),
    hasMemory: stat === undefined ? undefined : hasAddressSpace(stat) && memory?.size !== 0,
  }
}

function textOf(source: InfoSource, pid: number, name: string): string | undefined {
  const bytes = source.read(pid, name)
  return bytes === undefined ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

/** Fields 23 and 24 of stat: bytes of address space, and resident pages. */
function statMemory(stat: Uint8Array): { size: number, resident: number } | undefined {
  const words = Buffer.from(stat).toString('latin1').replace(/^.*\) /s, '').split(' ')
  const [size, resident] = [Number(words[20]), Number(words[21])]
  return Number.isFinite(size) && Number.isFinite(resident) ? { size, resident: Math.max(0, resident) } : undefined
}

function residentPages(statm: Uint8Array | undefined, stat: { resident: number } | undefined): number {
  const inStatm = statm === undefined ? undefined : parseStatm(statm)?.resident
  return inStatm ?? stat?.resident ?? 0
}

/** In bytes; the only figure that does not need the page size of the machine it was captured on. */
function residentInStatus(status: string | undefined): number | undefined {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(status ?? '')?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

/** The second number is the effective one. */
function uidInStatus(status: string | undefined): number | undefined {
  const uid = /^Uid:\s*\d+\s+(\d+)/m.exec(status ?? '')?.[1]
  return uid === undefined ? undefined : Number(uid)
}
