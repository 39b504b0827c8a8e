import type { PoolEngine, RollOutcome } from '../../pool/index.ts'
import type { CheckedMoldPool } from '../mold_pool_options.ts'
import { chooseWorker } from './choose.ts'
import type { Crew } from './crew.ts'
import type { Member } from './member.ts'
import type { Molds } from './molds.ts'
import type { Relief } from './relief.ts'

/** A worker that is not asked too much answers within some milliseconds. */
const ANSWER_MS = 1000 * 2

/** Milliseconds that the steps of a refork took; undefined for those that it has not come to. */
export interface ReforkSteps {
  /** From the order to the worker that is to be the mold until it is one: its drain, `close`, hooks, and a full collection. */
  promoteMs?: number
  /** The trial of its first copy, with a full collection there. */
  canaryMs?: number
  /** The replacement of the workers, to the end of the last one and of the old mold. */
  rollMs?: number
}

export interface ReforkParts {
  readonly engine: PoolEngine
  readonly crew: Crew
  readonly molds: Molds
  readonly relief: Relief
  readonly options: CheckedMoldPool
  readonly tickSoon: () => void
  readonly isStopped: () => boolean
  /** To be filled in. */
  readonly steps: ReforkSteps
  readonly warn: (warning: string) => void
}

/**
 * Makes a worker the mold of a new generation, and has all workers replaced by copies of it. Rejects when it comes to nothing
 * before the first of them is replaced: the old generation has served on.
 */
export async function refork(parts: ReforkParts): Promise<RollOutcome> {
  const candidate = await promote(parts)
  return timed(parts.steps, 'rollMs', rollFrom(candidate, parts))
}

async function promote(parts: ReforkParts): Promise<Member> {
  const { engine, crew, molds, options, steps, tickSoon, isStopped } = parts
  const stuck = await findStuck(engine, crew)
  const nominees = engine.workers().map((worker) => ({
    worker, unsafe: [...crew.find(worker.id)?.unsafe ?? [], ...stuck.has(worker.id) ? ['a worker does not answer'] : []],
  }))
  const id = chooseWorker(nominees)
  const candidate = crew.find(id)
  const others = nominees.filter(({ worker }) => worker.id !== id && worker.state === 'serving' && !stuck.has(worker.id))
  if (others.length === 0) await relieve(id, parts)
  if (candidate === undefined || candidate.ending !== undefined) throw new Error(`worker ${id} has ended`)
  // From now on it is no worker: its place is filled by a copy of the mold in office.
  engine.detach(id)
  tickSoon()
  candidate.role = 'mold'
  candidate.generation = engine.generation + 1
  try {
    const timeoutMs = options.limits.drainTimeout
    candidate.want({ type: 'promote', generation: candidate.generation, timeoutMs })
    await timed(steps, 'promoteMs', candidate.hear(
      ({ type }) => (type === 'promoted' ? true : undefined), timeoutMs + options.promoteTimeout, 'has not become a mold'))
    await timed(steps, 'canaryMs', tryCanary(candidate, crew, options))
    if (isStopped()) throw new Error('it was stopped')
    if (!candidate.isConnected) throw new Error(`${candidate.name} ended when a copy of it had been tried`)
    return candidate
  } catch (error) {
    void molds.end(candidate)
    throw error
  }
}

/** The only one that serves does so until a copy of the present mold serves in its place. */
async function relieve(id: number, parts: ReforkParts): Promise<void> {
  const { engine, molds: { office }, relief, isStopped } = parts
  const who = `worker ${id} alone serves`
  if (office === undefined) throw new Error(`${who}, and there is no mold to fork another in its place`)
  try {
    const taken = relief.whenTaken(id).then(() => undefined)
    const outcome = await Promise.race([taken, rollWhileAlive(office, parts, () => engine.recycle(id))])
    if (outcome === undefined || outcome.status === 'done') return
    if (isStopped()) throw new Error('it was stopped')
    throw new Error(`${who}, and there was no other to take its place: ${outcome.failure ?? `${office.name} ${office.end}`}`)
  } finally {
    relief.end()
  }
}

async function timed<Result>(steps: ReforkSteps, step: keyof ReforkSteps, action: Promise<Result>): Promise<Result> {
  const startedAt = performance.now()
  try {
    return await action
  } finally {
    steps[step] = performance.now() - startedAt
  }
}

/** Workers that do not say how they are. The others have said it just now. */
async function findStuck(engine: PoolEngine, crew: Crew): Promise<ReadonlySet<number>> {
  const stuck = new Set<number>()
  await Promise.all(engine.workers().filter(({ state }) => state === 'serving').map(async ({ id }) => {
    const member = crew.find(id)
    member?.askForReports()
    await member?.hear(({ type }) => (type === 'report' ? true : undefined), ANSWER_MS, 'has not reported')
      .catch(() => stuck.add(id))
  }))
  return stuck
}

/** The first child of a new mold finds out whether a copy of it works. */
async function tryCanary(mold: Member, crew: Crew, { canaryTimeout }: CheckedMoldPool): Promise<void> {
  const canary = crew.add('canary', 0, mold.generation)
  try {
    const checked = canary.hear(
      (message) => (message.type === 'checked' ? message.problems : undefined), canaryTimeout, 'has not answered')
    checked.catch(() => undefined)
    await crew.fork(mold, canary)
    const problems = await checked
    if (problems.length > 0) throw new Error(`a copy of the new mold does not work: ${problems.join('; ')}`)
  } catch (error) {
    if (canary.pid === 0) canary.notStarted('was not forked')
    throw error
  } finally {
    canary.signal('SIGKILL') // it has said all that it had to
  }
}

async function rollFrom(candidate: Member, parts: ReforkParts): Promise<RollOutcome> {
  const { molds } = parts
  const former = molds.install(candidate)
  const outcome = await rollWhileAlive(candidate, parts, () => parts.engine.roll())
  if (outcome.status === 'done' && candidate.ending === undefined) {
    if (former !== undefined) await molds.end(former)
    return outcome
  }
  return former === undefined ? failed(outcome, candidate) : rollBack(outcome, { candidate, former }, parts)
}

/** Without its mold a roll would wait for copies that nobody makes, or have them made of another one. */
async function rollWhileAlive(
  mold: Member, { engine, tickSoon }: ReforkParts, start: () => Promise<RollOutcome>,
): Promise<RollOutcome> {
  const rolling = start()
  let isRolling = true
  void mold.ended.then(() => {
    if (isRolling) engine.stopRolling()
    tickSoon()
  })
  tickSoon()
  try {
    return await rolling
  } finally {
    isRolling = false
  }
}

/** Whoever has been replaced is replaced once more, by a copy of the mold before. */
async function rollBack(
  outcome: RollOutcome, { candidate, former }: { readonly candidate: Member, readonly former: Member }, parts: ReforkParts,
): Promise<RollOutcome> {
  const { engine, molds, isStopped, warn } = parts
  const result = failed(outcome, candidate)
  if (former.ending !== undefined) return result // the new one, if it lives, is all that there is
  molds.install(former)
  void molds.end(candidate)
  if (isStopped() || engine.workers().every(({ generation }) => generation !== engine.generation)) return result
  const back = await rollWhileAlive(former, parts, () => engine.roll())
  if (back.status === 'failed') warn(`the workers of a failed refork could not all be replaced: ${back.failure}`)
  return { ...result, replaced: [], tookMs: outcome.tookMs + back.tookMs }
}

function failed(outcome: RollOutcome, candidate: Member): RollOutcome {
  if (candidate.ending === undefined) return outcome
  return { ...outcome, status: 'failed', failure: `${candidate.name} ${candidate.end}` }
}
