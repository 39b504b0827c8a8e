import { isMainThread } from 'node:worker_threads'
import { chooseBackend, type BackendChoice, type ForkCalls } from '../native/index.ts'
import { toForkError } from './fork_error.ts'

export interface ForkSupport {
  readonly supported: boolean
  /** Why not; undefined when supported. */
  readonly reason: ForkObstacle | undefined
  /** A sentence for people. */
  readonly detail: string
}

/**
 * `platform`: not x86-64 Linux with glibc. `addon`: no addon could be loaded, or it is switched off. `thread`: this is a worker
 * thread. `failed`: a trial fork failed, as under gVisor or a strict seccomp profile; the detail names the step.
 */
export type ForkObstacle = 'platform' | 'addon' | 'thread' | 'failed'

const PARK_MS = 1000 * 2
const CHILD_MS = 1000 * 10

let support: ForkSupport | undefined

/**
 * Whether this process can fork, found out by a fork whose child ends at once. A yes is kept; a failure may pass, and is tried
 * again. Stops the process for some 10 ms; before Node 24, the first time for 100 ms more.
 */
export function forkSupport(): ForkSupport {
  if (support?.supported !== true) support = tryFork()
  return support
}

/** Why no process like this one can fork, as far as that can be told without a trial. */
export function forkObstacle(): ForkSupport | undefined {
  const calls = findForkCalls()
  return 'reason' in calls ? { supported: false, ...calls } : undefined
}

function tryFork(): ForkSupport {
  const calls = findForkCalls()
  if ('reason' in calls) return { supported: false, ...calls }
  const report = calls.fork(false, true, PARK_MS, CHILD_MS)
  if (report.errno === 0) return { supported: true, reason: undefined, detail: 'a trial fork went well' }
  const { message } = toForkError(report, { parkMs: PARK_MS, childMs: CHILD_MS })
  return { supported: false, reason: 'failed', detail: message }
}

/** What forks here, or why nothing does. */
export function findForkCalls(): ForkCalls | { reason: ForkObstacle, detail: string } {
  const { backend, reason } = choose()
  const { platform, arch } = process
  if (platform !== 'linux' || arch !== 'x64' || backend?.fork?.possible === false) {
    const library = platform === 'linux' && arch === 'x64' ? ' with another C library, such as musl' : ''
    return { reason: 'platform', detail: `only x86-64 Linux with glibc can; this is ${platform} on ${arch}${library}` }
  }
  if (backend?.fork === undefined) {
    return { reason: 'addon', detail: `forking needs the addon: ${reason ?? 'there is none'}` }
  }
  if (!isMainThread) return { reason: 'thread', detail: 'only the main thread of a process can fork it; this is a worker thread' }
  return backend.fork
}

function choose(): Partial<BackendChoice> {
  try {
    return chooseBackend()
  } catch (error) {
    return { reason: (error as Error).message }
  }
}
