import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { MoldPool, type MoldAddress, type MoldListen, type MoldMode, type MoldPoolOptions, type Refork } from '../mold/index.ts'
import { show } from '../options.ts'
import { escapeText, formatAmount } from '../report/index.ts'
import { Watchdog, workerLimit, type Monitor, type WatchdogOptions } from '../watchdog/index.ts'
import { isSet, stringOf, UsageError, type Invocation, type RunCommand } from './command.ts'
import { interruptible, type Interrupt } from './interrupts.ts'
import { countOption, durationOption, fileName } from './option_values.ts'
import { ServerLog } from './server_log.ts'

const MAX_PORT = 65_535

export const run: RunCommand = async (invocation) => {
  const options = poolOptions(invocation)
  const watching = watchdogOptions(invocation)
  const log = new ServerLog(invocation.output)
  const print = (line: string): void => log.print(`${new Date().toISOString()} ${escapeText(line)}\n`)

  let begun: MoldPool | undefined
  let killed: Promise<never> | undefined
  using interrupts = interruptible((name) => (killed = endAtOnce(begun, name)))
  const pool = await startUnlessInterrupted({ ...options, signal: interrupts.signal }, (its) => (begun = its))
  if (pool !== undefined) {
    try {
      tell(pool, print, (line) => invocation.output.note(escapeText(line)))
      print(startedText(pool))
      using dog = new Watchdog(pool, pool.copies ? watching : withoutCopies(watching, invocation))
      dog.on('decision', ({ summary }) => print(summary))
      dog.on('effect', ({ summary }) => print(summary))
      if (!interrupts.signal.aborted) {
        await new Promise((end) => interrupts.signal.addEventListener('abort', end))
      }
    } finally {
      await pool.close()
    }
  }
  await killed
  await log.end()
  return interrupts.exitCode ?? 0
}

/** undefined when it was interrupted before all workers served; nothing is left then. */
async function startUnlessInterrupted(options: MoldPoolOptions, begun: (pool: MoldPool) => void): Promise<MoldPool | undefined> {
  try {
    return await MoldPool.start(options, begun)
  } catch (error) {
    if (options.signal?.aborted === true) return undefined
    throw error
  }
}

/** By the signal, as if nobody had listened to it, and with nobody left behind. */
async function endAtOnce(pool: MoldPool | undefined, name: Interrupt): Promise<never> {
  try {
    await pool?.kill()
  } finally {
    process.kill(process.pid, name)
  }
  return new Promise(() => undefined)
}

/** @throws {UsageError} */
function poolOptions(invocation: Invocation): MoldPoolOptions {
  const [file = ''] = invocation.positionals
  const drainTimeout = durationOption(invocation, 'drain-timeout')
  const title = stringOf(invocation, 'title')
  if (title === '') throw new UsageError('--title: must not be empty')
  return {
    app: resolve(fileName(file, 'FILE')),
    workers: countOption(invocation, 'workers') ?? availableParallelism(),
    listen: listenOptions(invocation),
    mode: (stringOf(invocation, 'mode') ?? 'cow') as MoldMode,
    execArgv: [],
    ...(title === undefined ? {} : { title }),
    ...(drainTimeout === undefined ? {} : { drainTimeout }),
  }
}

function listenOptions(invocation: Invocation): MoldListen[] {
  const [port, host, socket] = ['port', 'host', 'socket'].map((name) => stringOf(invocation, name))
  if (port === undefined && socket === undefined) throw new UsageError('run needs to know where to listen: --port or --socket')
  if (host !== undefined && port === undefined) throw new UsageError('--host is for --port, which is not given')
  if (host === '') throw new UsageError('--host: must not be empty')
  return [
    ...port === undefined ? [] : [{ port: toPort(port), ...(host === undefined ? {} : { host }) }],
    ...socket === undefined ? [] : [{ path: fileName(socket, '--socket') }],
  ]
}

function toPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT) return Number(text)
  throw new UsageError(`--port: must be a number from 0 to ${MAX_PORT}, got '${text}'`)
}

function watchdogOptions(invocation: Invocation): WatchdogOptions {
  const after = stringOf(invocation, 'refork-after')
  const maxUss = stringOf(invocation, 'max-uss')
  const isCopies = stringOf(invocation, 'mode') !== 'spawn'
  if (!isCopies && (after !== undefined || isSet(invocation, 'refork-when-it-pays'))) {
    throw new UsageError('--mode spawn: there are no copies, and so nothing to copy anew; --refork-after is for the other modes')
  }
  return {
    monitors: maxUss === undefined ? [] : [toMonitor(maxUss)],
    refork: {
      signal: 'SIGUSR2',
      ...(after === undefined ? {} : { requests: toRequests(after) }),
      whenItPays: isSet(invocation, 'refork-when-it-pays'),
    },
  }
}

/** Mode `auto` where no copies can be made: what is there to give back memory that is shared would only replace workers. */
function withoutCopies(options: WatchdogOptions, { output }: Invocation): WatchdogOptions {
  const { requests, whenItPays } = options.refork ?? {}
  if (requests !== undefined || whenItPays === true) {
    output.note('there are no copies, and so nothing to copy anew: --refork-after and --refork-when-it-pays have no effect')
  }
  return { ...options, refork: { signal: 'SIGUSR2' } }
}

function toMonitor(uss: string): Monitor {
  try {
    return workerLimit({ name: 'max-uss', uss })
  } catch {
    throw new UsageError(`--max-uss: must be a size such as 300MB, or a share of the memory limit such as 40%, got ${show(uss)}`)
  }
}

function toRequests(text: string): number[] {
  if (/^[1-9]\d{0,11}(,[1-9]\d{0,11})*$/.test(text)) {
    const counts = text.split(',').map(Number)
    if (counts.every((count, nth) => count >= (counts[nth - 1] ?? 0))) return counts
    throw new UsageError(`--refork-after: no number may be below the one before it, got '${text}'`)
  }
  throw new UsageError(`--refork-after: must be a number of requests, or several separated by commas, got '${text}'`)
}

function tell(pool: MoldPool, print: (line: string) => void, note: (line: string) => void): void {
  pool.on('refork', (refork) => print(reforkText(refork)))
  pool.on('exit', ({ worker: { slot, pid }, wanted, code, signal }) => {
    if (!wanted) print(`worker ${slot} (pid ${pid}) ended by itself: ${signal ?? `exit code ${code}`}`)
  })
  pool.on('startFailed', ({ reason }) => note(reason))
  pool.on('forced', ({ worker: { pid }, signal, reason }) => note(`sent ${signal} to worker process ${pid}: it ${reason}`))
  pool.on('warning', note)
}

function startedText(pool: MoldPool): string {
  const where = pool.addresses.map(addressText).join(' and ')
  const who = pool.size === 1 ? '1 worker' : `${pool.size} workers`
  const how = pool.copies ? `, copies of process ${pool.primaryPid}` : ''
  return `${who} on ${where}${how}`
}

function addressText(address: MoldAddress): string {
  return 'path' in address ? address.path : `port ${address.port}`
}

/** What a refork brought, or why it came to nothing. */
export function reforkText({ status, failure, generation, before, after, tookMs }: Refork): string {
  const seconds = `${(tookMs / 1000).toFixed(1)} s`
  if (status !== 'done') return `refork ${status}: ${failure ?? 'it was stopped'}; generation ${generation} serves on`
  const [pssBefore, pssAfter] = [before.pss, after.pss]
  if (pssBefore === undefined || pssAfter === undefined) return `generation ${generation} took over in ${seconds}; PSS not readable`
  const back = pssBefore - pssAfter
  const effect = back >= 0 ? `${bytes(back)} came back` : `${bytes(-back)} more`
  return `generation ${generation} took over in ${seconds}: PSS of all ${bytes(pssBefore)} -> ${bytes(pssAfter)}, ${effect}`
}

function bytes(count: number): string {
  return formatAmount(count / 1024, 'suffixes', 0)
}
