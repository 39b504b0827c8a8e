import { SCHEMA } from '../json_text.ts'
import { SmemError } from '../errors.ts'
import { FIELD_TABLE } from '../native/index.ts'
import type { MappingGroup, Snapshot, SnapshotProcess, Unavailable } from '../processes/index.ts'
import type { MemoryFigures, MemoryUsage } from '../smaps/index.ts'
import type { Meminfo } from '../system/index.ts'
import { BAD_CAPTURE } from './file_source.ts'

/**
 * A snapshot from JSON of ours: an object of type 'snapshot' or a record's 'sample'. What it does not tell is unknown (or 0
 * where a process always has a figure); what is of the wrong kind is refused.
 *
 * @throws {SmemError} `ERR_BAD_CAPTURE`, with the place in the JSON
 */
export function snapshotFromJson(value: unknown, where: string): Snapshot {
  const json = toObject(value, where)
  const { schema } = json
  if (schema !== undefined && schema !== SCHEMA) {
    throw bad(where, `schema ${JSON.stringify(schema)} is not known; this version reads schema ${SCHEMA}`)
  }
  const processes = toArray(json['processes'], `${where}: processes`)
  return {
    takenAt: optionalNumber(json, 'takenAt', where),
    meminfo: json['meminfo'] === undefined || json['meminfo'] === null ? undefined : toMeminfo(json['meminfo'], where),
    processes: processes.map((process, index) => toProcess(process, `${where}: processes[${index}]`)),
  }
}

function toProcess(value: unknown, where: string): SnapshotProcess {
  const json = toObject(value, where)
  const number = (name: string): number => optionalNumber(json, name, where) ?? 0
  const pid = optionalNumber(json, 'pid', where)
  if (pid === undefined) throw bad(where, 'a process without a pid')
  const uid = optionalNumber(json, 'uid', where) ?? -1
  const usage = json['usage'] === undefined || json['usage'] === null ? null : toUsage(json['usage'], `${where}.usage`)
  return {
    pid,
    ppid: number('ppid'),
    startTime: number('startTime'),
    uid,
    user: optionalText(json, 'user', where) ?? String(uid),
    comm: optionalText(json, 'comm', where) ?? '?',
    commandLine: toCommandLine(json['commandLine'], where),
    cgroup: optionalText(json, 'cgroup', where),
    threads: number('threads'),
    state: optionalText(json, 'state', where) ?? '?',
    kernelThread: json['kernelThread'] === true,
    rss: optionalNumber(json, 'rss', where) ?? usage?.rss ?? 0,
    usage,
    unavailable: usage === null ? toUnavailable(json['unavailable']) : null,
    costNs: number('costNs'),
    mappings: json['mappings'] === undefined || json['mappings'] === null
      ? undefined
      : toArray(json['mappings'], `${where}.mappings`).map((group, index) => toGroup(group, `${where}.mappings[${index}]`)),
  }
}

function toUsage(value: unknown, where: string): MemoryUsage {
  const json = toObject(value, where)
  const source = json['source'] === 'smaps' ? 'smaps' : 'rollup'
  return { ...toFigures(json, where), source, costNs: optionalNumber(json, 'costNs', where) ?? 0 }
}

function toFigures(json: Json, where: string): MemoryFigures {
  const figures = FIELD_TABLE.map(([name]) => [name, optionalNumber(json, name, where)] as const)
  return Object.fromEntries(figures) as Record<(typeof FIELD_TABLE)[number][0], number | undefined>
}

function toGroup(value: unknown, where: string): MappingGroup {
  const json = toObject(value, where)
  return { path: optionalText(json, 'path', where), usage: toFigures(toObject(json['usage'], `${where}.usage`), where) }
}

function toMeminfo(value: unknown, where: string): Meminfo {
  const json = toObject(value, `${where}: meminfo`)
  return Object.fromEntries(Object.keys(json).map((name) => [name, optionalNumber(json, name, `${where}: meminfo`)])) as Meminfo
}

function toUnavailable(value: unknown): Unavailable {
  const { code, reason } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  return {
    code: typeof code === 'string' ? code : 'ERR_NOT_CAPTURED',
    reason: typeof reason === 'string' ? reason : 'its figures are not in the file',
  }
}

function toCommandLine(value: unknown, where: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  const words = toArray(value, `${where}.commandLine`)
  if (!words.every((word) => typeof word === 'string')) throw bad(where, 'commandLine must be a list of strings')
  return words
}

type Json = Readonly<Record<string, unknown>>

function toObject(value: unknown, where: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw bad(where, 'an object is wanted')
}

function toArray(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[]
  throw bad(where, 'a list is wanted')
}

function optionalNumber(json: Json, name: string, where: string): number | undefined {
  const value = json[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw bad(where, `${name} must be a number`)
}

function optionalText(json: Json, name: string, where: string): string | undefined {
  const value = json[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw bad(where, `${name} must be a string`)
}

function bad(where: string, what: string): SmemError {
  return new SmemError(BAD_CAPTURE, `${where}: ${what}`)
}
