import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { SignalPool } from '../pool/index.ts'
import { escapeText } from '../report/index.ts'
import { serviceNotifier } from '../system/index.ts'
import { Watchdog } from '../watchdog/index.ts'
import type { Invocation, RunCommand } from './command.ts'
import { interruptible } from './interrupts.ts'
import { KnownProcesses } from './watch/known_processes.ts'
import { LinePrinter } from './watch/line_printer.ts'
import { jsonLines, textLines } from './watch/lines.ts'
import { Notes } from './watch/notes.ts'
import { watchRequest, type WatchRequest } from './watch/options.ts'
import { Surroundings } from './watch/surroundings.ts'
import { WatchTargets } from './watch/targets.ts'

/** How long after an action its effect is measured, and how many intervals that may take besides. */
const SETTLE_MS = 1000 * 10
const EFFECT_INTERVALS = 10
/** So many intervals, and half a minute at least, without a look at the processes: then this command is not well. */
const UNWELL_INTERVALS = 3
const UNWELL_MS = 1000 * 30

export const run: RunCommand = async (invocation) => {
  const request = watchRequest(invocation)
  const notes = new Notes((line) => invocation.output.note(escapeText(line)))
  using interrupts = interruptible()
  using printer = new LinePrinter(invocation.output, interrupts.signal)
  using surroundings = new Surroundings(notes.once)
  using pool = new SignalPool({ signal: request.signal, killAfter: request.killAfterMs })
  const targets = new WatchTargets(request.targets, { note: notes.each })
  const known = new KnownProcesses()
  pool.on('warning', notes.once)
  const look = async (): Promise<void> => {
    const found = await targets.find()
    known.see(found, performance.now())
    surroundings.see(found)
    pool.setTargets(found)
  }
  await look()

  using dog = startWatchdog(request, pool, surroundings)
  const tally = tell(request, { dog, pool, known, printer, notes })
  using service = startService(invocation, request, dog, notes)
  service?.ready(statusOf(pool.size, tally))

  const endAt = performance.now() + request.forMs
  let emptyAt = Infinity
  while (await isWatching(Math.min(request.intervalMs, endAt - performance.now()), printer.signal)) {
    await look().catch(notes.failure)
    service?.status(statusOf(pool.size, tally))
    if (!targets.isExhausted || pool.size > 0) continue
    emptyAt = Math.min(emptyAt, performance.now())
    const effectBy = emptyAt + SETTLE_MS + request.intervalMs * EFFECT_INTERVALS
    if (tally.pending.size === 0 || performance.now() > effectBy) break
  }
  service?.stopping()
  dog.close()
  leaveAlone(pool, request, notes)
  await printer.end()
  // A signal is the regular end of a watch.
  return 0
}

/** Waits for so long; whether to go on then. */
async function isWatching(ms: number, signal: AbortSignal): Promise<boolean> {
  if (ms <= 0) return false
  await delay(ms, undefined, { signal }).catch(() => undefined)
  return !signal.aborted
}

function startWatchdog(request: WatchRequest, pool: SignalPool, surroundings: Surroundings): Watchdog {
  const { monitors, strikes, intervalMs, warmUpMs, dryRun } = request
  return new Watchdog(pool, { monitors, strikes, interval: intervalMs, warmUp: warmUpMs, settle: SETTLE_MS, dryRun }, {
    readScope: () => surroundings.readScope(),
    watchPressure: (onEvent) => surroundings.watchPressure(onEvent),
  })
}

interface Tally {
  decisions: number
  ended: number
  /** Workers that have ended as they were asked to, by id, and whose effect is still to be told. */
  readonly pending: Set<number>
}

interface Told {
  readonly dog: Watchdog
  readonly pool: SignalPool
  readonly known: KnownProcesses
  readonly printer: LinePrinter
  readonly notes: Notes
}

/** Prints what the watchdog and the pool tell, and counts it. */
function tell(request: WatchRequest, { dog, pool, known, printer, notes }: Told): Tally {
  const tally: Tally = { decisions: 0, ended: 0, pending: new Set() }
  const lines = (request.json ? jsonLines : textLines)((pid) => known.find(pid))
  dog.on('decision', (decision) => {
    tally.decisions++
    printer.print(lines.decision(decision))
  })
  dog.on('effect', (effect) => {
    tally.pending.delete(effect.decision.worker?.id ?? NaN)
    printer.print(lines.effect(effect))
  })
  // What the pool tells is noted when it tells it; the watchdog tells it again, and each time that it tries.
  dog.on('warning', notes.unlessSaid)
  dog.on('monitorFailed', ({ monitor, error }) => {
    notes.once(`--${monitor} fails: ${messageOf(error)}`)
  })
  pool.on('forced', (force) => printer.print(lines.killed(force)))
  pool.on('exit', ({ worker, wanted }) => {
    if (!wanted) return
    tally.ended++
    tally.pending.add(worker.id)
  })
  return tally
}

/** What systemd is told, when it has started this command. */
function startService(
  { env }: Invocation, { intervalMs }: WatchRequest, dog: Watchdog, notes: Notes,
): ReturnType<typeof serviceNotifier> {
  const unwellMs = Math.max(UNWELL_MS, intervalMs * UNWELL_INTERVALS)
  let lookedAt = performance.now()
  dog.on('sample', () => {
    lookedAt = performance.now()
  })
  return serviceNotifier({ env, onProblem: notes.once, healthy: () => performance.now() - lookedAt < unwellMs })
}

function statusOf(size: number, { decisions, ended }: Tally): string {
  const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`
  const watched = `watching ${counted(size, 'process', 'processes')}`
  return decisions === 0 ? watched : `${watched}; ${counted(decisions, 'decision', 'decisions')}, ${ended} ended`
}

/** A process that was asked to end, and has time to, is not killed because this command ends earlier. */
function leaveAlone(pool: SignalPool, { signal }: WatchRequest, notes: Notes): void {
  for (const { pid, state } of pool.workers()) {
    if (state === 'terminating') notes.each(`process ${pid} was sent ${signal} and has not ended: it is left alone, not killed`)
    if (state === 'killed') notes.each(`process ${pid} was sent SIGKILL and has not ended`)
  }
}
