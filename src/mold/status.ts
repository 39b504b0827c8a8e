import type { PoolWorker, WorkerState } from '../pool/index.ts'
import { measureProcess, type Supervisor } from './supervisor/index.ts'

/** Memory of one process, in bytes; undefined when it could not be read. */
export interface ProcessMemory {
  readonly rss: number | undefined
  readonly pss: number | undefined
  readonly uss: number | undefined
  /** Of its RSS, the share that it has in common with others: from 0 to 1. */
  readonly sharedShare: number | undefined
}

export interface WorkerStatus extends ProcessMemory {
  readonly id: number
  readonly slot: number
  readonly pid: number
  readonly state: WorkerState
  readonly generation: number
  /** Since it started; undefined before its first report. */
  readonly requests: number | undefined
  /** What keeps it from becoming a mold. */
  readonly unsafe: readonly string[]
}

export interface MoldPoolStatus {
  /** Whether workers are copies of a mold. */
  readonly copies: boolean
  /** Why they are not, in mode `auto`; undefined when they are, and when they were not wanted to be. */
  readonly obstacle: string | undefined
  readonly generation: number
  /** undefined while there is none. */
  readonly mold: ({ readonly pid: number, readonly generation: number } & ProcessMemory) | undefined
  readonly workers: readonly WorkerStatus[]
}

export async function readStatus({ engine, crew, molds }: Supervisor): Promise<Omit<MoldPoolStatus, 'copies' | 'obstacle'>> {
  const workers = engine.workers().filter(({ id, pid }) => pid !== 0 && crew.find(id) !== undefined)
  const { office } = molds
  const [mold, ...figures] = await Promise.all([office?.pid, ...workers.map(({ pid }) => pid)].map(
    (pid) => (pid === undefined ? undefined : readMemory(pid))))
  return {
    generation: engine.generation,
    mold: office === undefined || mold === undefined ? undefined : { pid: office.pid, generation: office.generation, ...mold },
    workers: workers.map((worker, place) => ({
      ...statusOf(worker), unsafe: crew.find(worker.id)?.unsafe ?? [], ...figures[place] ?? UNKNOWN,
    })).filter(({ rss }) => rss !== 0), // they have ended meanwhile
  }
}

const UNKNOWN: ProcessMemory = { rss: undefined, pss: undefined, uss: undefined, sharedShare: undefined }

function statusOf({ id, slot, pid, state, generation, report }: PoolWorker): Omit<WorkerStatus, keyof ProcessMemory | 'unsafe'> {
  return { id, slot, pid, state, generation, requests: report?.requests }
}

async function readMemory(pid: number): Promise<ProcessMemory> {
  const { rss, pss, uss } = await measureProcess(pid)
  const sharedShare = rss === undefined || uss === undefined || rss === 0 ? undefined : (rss - uss) / rss
  return { rss, pss, uss, sharedShare }
}
