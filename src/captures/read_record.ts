import { SmemError } from '../errors.ts'
import type { Snapshot } from '../processes/index.ts'
import type { ByteInput } from './byte_input.ts'
import { BAD_CAPTURE } from './file_source.ts'
import { maxJsonBytes, tooMuchJson } from './json_limit.ts'
import { snapshotFromJson } from './snapshot_json.ts'

/** Which sample of a record is meant. */
export type SamplePick =
  /** The n-th, from 1; -1 is the last one. */
  | { readonly number: number }
  /** The first at that time or later, in milliseconds since the epoch. */
  | { readonly from: number }
  /** The last at that time or earlier. */
  | { readonly to: number }

export interface PickedSample {
  readonly snapshot: Snapshot
  /** Which one it is, from 1. */
  readonly number: number
}

const NEWLINE = 0x0a

/**
 * Reads the record once, with memory for a few of its lines. Lines that are cut off or are no JSON are passed over; their
 * number is in `badLines`.
 *
 * @throws {SmemError} `ERR_BAD_CAPTURE` when there is no such sample
 */
export async function pickSamples(
  input: ByteInput, picks: readonly SamplePick[], path: string,
): Promise<{ samples: PickedSample[], badLines: number }> {
  const found = picks.map((): Candidate | undefined => undefined)
  const tail: Candidate[] = []
  const tailSize = Math.max(0, ...picks.map((pick) => ('number' in pick && pick.number < 0 ? -pick.number : 0)))
  let count = 0
  let badLines = 0
  for await (const candidate of candidates(input)) {
    if (candidate === undefined) {
      badLines++
      continue
    }
    count = candidate.number
    const { takenAt } = candidate
    picks.forEach((pick, index) => {
      const isIt = 'number' in pick ? pick.number === count
        : 'from' in pick ? found[index] === undefined && takenAt >= pick.from : takenAt <= pick.to
      if (isIt) found[index] = candidate
    })
    if (tailSize > 0) tail.push(candidate)
    if (tail.length > tailSize) tail.shift()
  }
  const samples = picks.map((pick, index) => {
    const candidate = 'number' in pick && pick.number < 0 ? tail.at(pick.number) : found[index]
    if (candidate === undefined) {
      throw new SmemError(BAD_CAPTURE, `${path} has no sample ${nameOf(pick)}: it has ${count}`, { path })
    }
    return { snapshot: parseSample(candidate, path), number: candidate.number }
  })
  return { samples, badLines }
}

/**
 * Hands every sample to `take`, one at a time and from the first on, with its number; samples that are damaged are passed
 * over. Returns how many lines were.
 */
export async function eachSample(
  input: ByteInput, path: string, take: (snapshot: Snapshot, number: number) => void,
): Promise<number> {
  let badLines = 0
  for await (const candidate of candidates(input)) {
    let snapshot: Snapshot | undefined
    try {
      snapshot = candidate && parseSample(candidate, path)
    } catch (error) {
      if (!(error instanceof SmemError)) throw error
    }
    if (candidate === undefined || snapshot === undefined) badLines++
    else take(snapshot, candidate.number)
  }
  return badLines
}

/** Whether a file that starts so is a record. */
export function isRecord(head: Buffer): boolean {
  return /^\{"schema":\d+,"type":"record"[,}]/.test(head.toString('latin1', 0, 80))
}

interface Candidate {
  readonly bytes: Buffer
  readonly number: number
  readonly takenAt: number
}

function parseSample({ bytes, number }: Candidate, path: string): Snapshot {
  const where = `${path}: sample ${number}`
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new SmemError(BAD_CAPTURE, `${where} is damaged: ${(error as Error).message}`, { path })
  }
  return snapshotFromJson(value, where)
}

function nameOf(pick: SamplePick): string {
  if ('number' in pick) return String(pick.number)
  return 'from' in pick ? `from ${new Date(pick.from).toISOString()} on` : `up to ${new Date(pick.to).toISOString()}`
}

/** The lines that look like samples, not parsed yet; undefined for those that are damaged. */
async function* candidates(input: ByteInput): AsyncGenerator<Candidate | undefined> {
  let number = 0
  for await (const { bytes, isWhole } of lines(input)) {
    // Only what is picked is parsed: the time stands at the beginning of a line.
    const head = bytes.toString('latin1', 0, 80)
    if (/^\s*$/.test(head) || head.startsWith('{"schema"')) continue
    const takenAt = Number(/^\{"type":"sample","takenAt":(\d+)/.exec(head)?.[1] ?? NaN)
    yield Number.isNaN(takenAt) || !isWhole ? undefined : { bytes, number: ++number, takenAt }
  }
}

async function* lines(input: ByteInput): AsyncGenerator<{ bytes: Buffer, isWhole: boolean }> {
  let parts: Buffer[] = []
  let length = 0
  const limit = maxJsonBytes()
  for (let chunk = await input.chunk(); chunk !== undefined; chunk = await input.chunk()) {
    let at = 0
    for (let newline = chunk.indexOf(NEWLINE); newline >= 0; newline = chunk.indexOf(NEWLINE, at)) {
      parts.push(chunk.subarray(at, newline))
      yield { bytes: Buffer.concat(parts), isWhole: true }
      parts = []
      length = 0
      at = newline + 1
    }
    parts.push(chunk.subarray(at))
    length += chunk.length - at
    if (length > limit) throw tooMuchJson(`a line of ${input.path}`, input.path)
  }
  // A writer that was killed leaves half a line; one that is at work has not ended it yet.
  if (length > 0) yield { bytes: Buffer.concat(parts), isWhole: false }
}
