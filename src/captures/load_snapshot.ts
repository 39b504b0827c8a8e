import { statSync } from 'node:fs'
import { SmemError } from '../errors.ts'
import type { ProcessInfo, Snapshot } from '../processes/index.ts'
import type { UsageSource } from '../native/index.ts'
import { ByteInput, openByteInput } from './byte_input.ts'
import { BAD_CAPTURE, type FileSource } from './file_source.ts'
import { maxJsonBytes, tooMuchJson } from './json_limit.ts'
import { eachSample, isRecord, pickSamples, type SamplePick } from './read_record.ts'
import { localUserNames, readSnapshot } from './read_snapshot.ts'
import { snapshotFromJson } from './snapshot_json.ts'
import { attempt } from './system_call.ts'
import { isTar, openTar } from './tar_source.ts'
import { openTree } from './tree_source.ts'

export interface LoadSnapshotOptions {
  /** Of trees and captures, sum mappings by path. JSON and records have them, or not. @default false */
  readonly groups?: boolean
  /** As for `readSnapshot`. @default 'smaps' */
  readonly source?: UsageSource
  /** As for `readSnapshot`. */
  readonly filter?: (process: ProcessInfo) => boolean
}

/** A snapshot from a file, and what has to be said of it. */
export interface LoadedSnapshot extends Snapshot {
  readonly kind: SourceKind
  /** Which sample of a record it is, from 1; undefined for all else. */
  readonly sampleNumber: number | undefined
  /** What is wrong with the file as a whole; one clause each. */
  readonly problems: readonly string[]
}

export type SourceKind = 'tree' | 'archive' | 'record' | 'json'

/**
 * Snapshots from whatever holds some: a tree, an archive, a record, or the JSON of a listing, each compressed with gzip or
 * not. A record gives one for each pick; all else gives the same one for each.
 *
 * @throws {SmemError} `ERR_BAD_CAPTURE`, `ERR_UNSUPPORTED_COMPRESSION` or a system error
 */
export async function loadSnapshots(
  path: string, picks: readonly SamplePick[], options: LoadSnapshotOptions = {},
): Promise<LoadedSnapshot[]> {
  if (isDirectory(path)) {
    using tree = openTree(path)
    return repeat(fromSource(tree, 'tree', { userNames: localUserNames(), ...options }), picks)
  }
  using input = openByteInput(path)
  const head = await input.peek(4096)
  if (isTar(head)) {
    using archive = await openTar(input, path)
    return repeat(fromSource(archive, 'archive', options), picks)
  }
  if (isRecord(head)) {
    const { samples, badLines } = await pickSamples(input, picks, path)
    const problems = [...describeBadLines(badLines), ...problemOf(input)]
    return samples.map(({ snapshot, number }) => (
      { ...filtered(snapshot, options), kind: 'record', sampleNumber: number, problems }))
  }
  const value = await readJson(input, head, path)
  return repeat({ ...filtered(snapshotFromJson(value, path), options), kind: 'json', sampleNumber: undefined, problems: [] }, picks)
}

/** The snapshot in a file, as `loadSnapshots` reads it; of a record, the last one. */
export async function readCapture(path: string, options: LoadSnapshotOptions = {}): Promise<LoadedSnapshot> {
  const [snapshot] = await loadSnapshots(path, [{ number: -1 }], options)
  if (snapshot === undefined) throw new Error('unreachable: a snapshot for each pick')
  return snapshot
}

/**
 * Hands every sample of a record to `take`, one at a time, with memory for one; of all else, the one snapshot there is. Returns
 * what is wrong with the file, one clause each.
 *
 * @throws what `loadSnapshots` throws
 */
export async function readSamples(
  path: string, take: (snapshot: Snapshot, number: number) => void, options: LoadSnapshotOptions = {},
): Promise<readonly string[]> {
  if (!isDirectory(path)) {
    using input = openByteInput(path)
    if (isRecord(await input.peek(4096))) {
      const badLines = await eachSample(input, path, (snapshot, number) => take(filtered(snapshot, options), number))
      return [...describeBadLines(badLines), ...problemOf(input)]
    }
  }
  const snapshot = await readCapture(path, options)
  take(snapshot, 1)
  return snapshot.problems
}

function fromSource(source: FileSource, kind: SourceKind, options: Parameters<typeof readSnapshot>[1]): LoadedSnapshot {
  return { ...readSnapshot(source, options), kind, sampleNumber: undefined }
}

function filtered(snapshot: Snapshot, { filter }: LoadSnapshotOptions): Snapshot {
  return filter === undefined ? snapshot : { ...snapshot, processes: snapshot.processes.filter(filter) }
}

function repeat(snapshot: LoadedSnapshot, picks: readonly SamplePick[]): LoadedSnapshot[] {
  return picks.map(() => snapshot)
}

async function readJson(input: ByteInput, head: Buffer, path: string): Promise<unknown> {
  if (!/^\s*\{/.test(head.toString('latin1'))) throw noCapture(path, head.length === 0)
  const chunks: Buffer[] = []
  const limit = maxJsonBytes()
  let size = 0
  for (let chunk = await input.chunk(); chunk !== undefined; chunk = await input.chunk()) {
    size += chunk.length
    if (size > limit) throw tooMuchJson(path, path)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks.splice(0)).toString('utf8'))
  } catch (error) {
    const [why = (error as Error).message] = problemOf(input)
    throw new SmemError(BAD_CAPTURE, `${path} is no JSON that can be read: ${why}`, { path })
  }
}

function describeBadLines(count: number): string[] {
  if (count === 0) return []
  return [count === 1 ? 'one line is cut off or damaged' : `${count} lines are cut off or damaged`]
}

function problemOf({ problem }: ByteInput): string[] {
  return problem === undefined ? [] : [problem]
}

function noCapture(path: string, isEmpty: boolean): SmemError {
  const what = isEmpty ? 'is empty' : 'is neither a tree of /proc, nor a tar archive of one, nor a record, nor JSON of smem-ts'
  return new SmemError(BAD_CAPTURE, `${path} ${what}`, { path })
}

function isDirectory(path: string): boolean {
  return attempt('stat', path, () => statSync(path, { throwIfNoEntry: false }))?.isDirectory() === true
}
