import { constants } from 'node:os'
import { nearest } from '../../nearest.ts'
import { show } from '../../options.ts'
import { age, growth, memoryPressure, poolBudget, workerLimit, type Monitor } from '../../watchdog/index.ts'
import { isSet, stringOf, UsageError, type Invocation } from '../command.ts'
import { countOption, durationOption, fileName, pidsOption, textFilterOption } from '../option_values.ts'
import type { TargetSelectors } from './targets.ts'

export interface WatchRequest {
  readonly targets: TargetSelectors
  readonly monitors: readonly Monitor[]
  readonly strikes: number
  readonly intervalMs: number
  readonly warmUpMs: number
  readonly signal: NodeJS.Signals
  readonly killAfterMs: number
  /** Infinity: until interrupted. */
  readonly forMs: number
  readonly dryRun: boolean
  readonly json: boolean
}

const LEAST_INTERVAL_MS = 100
const MOST_INTERVAL_MS = 1000 * 60 * 60
const TARGETS = ['pid', 'pidfile', 'cgroup', 'match'] as const

/** @throws {UsageError} */
export function watchRequest(invocation: Invocation): WatchRequest {
  const targets = targetSelectors(invocation)
  const intervalMs = durationOption(invocation, 'interval') ?? 1000 * 5
  if (intervalMs < LEAST_INTERVAL_MS || intervalMs > MOST_INTERVAL_MS) throw new UsageError('--interval: from 100ms to 1h')
  const monitors = monitorsOf(invocation)
  if (monitors.length === 0) {
    throw new UsageError('watch needs a limit: --max-uss, --max-pss, --max-rss, --max-pool-pss, --growth, --max-age or --pressure')
  }
  return {
    targets,
    monitors,
    strikes: countOption(invocation, 'strikes') ?? 3,
    intervalMs,
    warmUpMs: durationOption(invocation, 'warm-up') ?? 0,
    signal: signalOption(stringOf(invocation, 'signal') ?? 'TERM'),
    killAfterMs: durationOption(invocation, 'kill-after') ?? 1000 * 30,
    forMs: durationOption(invocation, 'for') ?? Infinity,
    dryRun: isSet(invocation, 'dry-run'),
    json: isSet(invocation, 'json'),
  }
}

function targetSelectors(invocation: Invocation): TargetSelectors {
  if (!TARGETS.some((name) => isSet(invocation, name))) {
    throw new UsageError('watch needs processes: --pid, --pidfile, --cgroup or --match')
  }
  const pidfile = stringOf(invocation, 'pidfile')
  const cgroup = stringOf(invocation, 'cgroup')
  return {
    pids: pidsOption(invocation),
    pidfile: pidfile === undefined ? undefined : fileName(pidfile, '--pidfile'),
    cgroup: cgroup === undefined ? undefined : fileName(cgroup, '--cgroup'),
    match: textFilterOption(invocation, 'match'),
  }
}

const A_LIMIT = 'a size such as 600MB, or a share of the memory limit such as 40%'

function monitorsOf(invocation: Invocation): Monitor[] {
  const monitor = (name: string, wanted: string, create: (text: string) => Monitor): Monitor[] => {
    const text = stringOf(invocation, name)
    if (text === undefined) return []
    try {
      return [create(text)]
    } catch {
      throw new UsageError(`--${name}: must be ${wanted}, got ${show(text)}`)
    }
  }
  // What was given as the limit is the limit: strangers are not spread out so that they do not go together.
  return [
    ...monitor('max-uss', A_LIMIT, (uss) => workerLimit({ name: 'max-uss', uss, spread: 0 })),
    ...monitor('max-pss', A_LIMIT, (pss) => workerLimit({ name: 'max-pss', pss, spread: 0 })),
    ...monitor('max-rss', A_LIMIT, (rss) => workerLimit({ name: 'max-rss', rss, spread: 0 })),
    ...monitor('max-pool-pss', A_LIMIT, (pss) => poolBudget({ name: 'max-pool-pss', pss })),
    ...monitor('growth', 'a factor above 1 and up to 1000, such as 3', (text) => growth({ factor: toFactor(text) })),
    ...monitor('max-age', 'a time with its unit, such as 12h', (limit) => age({ name: 'max-age', limit, splay: 0 })),
    ...isSet(invocation, 'pressure') ? [memoryPressure({ name: 'pressure' })] : [],
  ]
}

function toFactor(text: string): number {
  return /^\d+(\.\d+)?x?$/.test(text) ? Number.parseFloat(text) : NaN
}

/** 'TERM', 'sigterm' or 15. */
function signalOption(text: string): NodeJS.Signals {
  const names = Object.keys(constants.signals) as NodeJS.Signals[]
  const upper = text.toUpperCase()
  const found = names.find((name) => name === upper || name === `SIG${upper}` || String(constants.signals[name]) === text)
  if (found !== undefined) return found
  const near = nearest(upper, names.map((name) => name.slice(3)))
  throw new UsageError(`--signal: no signal '${text}'${near === undefined ? '' : `; did you mean '${near}'?`}`)
}
