import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { RollOutcome } from '../../src/pool/index.ts'
import type { Decision, Effect } from '../../src/watchdog/index.ts'
import { runScript } from '../support/run_script.ts'
import { waitFor, within } from '../support/wait_for.ts'

const PRIMARY = fileURLToPath(new URL('support/leaky_cluster.ts', import.meta.url))
const DEADLINE_MS = 1000 * 45

interface Told {
  decision?: Decision
  effect?: Effect
  outcome?: RollOutcome
  warning?: string
  serving?: number
}

describe('a watchdog in a process that has nothing else to do', () => {
  it('does not keep it alive, with all that it listens to', async () => {
    const ended = await runScript(`
      import cluster from 'node:cluster'
      import { watchdog } from './src/watchdog.ts'
      watchdog(cluster, { workerUss: '1GB', pressure: true, refork: { signal: 'SIGURG', age: '1h' } })
      console.log('begun')
    `)
    assert.deepEqual([ended.code, ended.stdout, ended.stderr], [0, 'begun\n', ''])
  })
})

describe('a watchdog over real workers of node:cluster', function () {
  let primary: ChildProcessByStdio<Writable, Readable, null>
  let told: Told[]

  function start(...args: string[]): void {
    told = []
    primary = spawn(process.execPath, ['--import', 'tsx', PRIMARY, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface(primary.stdout).on('line', (line) => told.push(JSON.parse(line) as Told))
  }

  function explained(what: string): string {
    return `${what}; it told: ${told.map((line) => line.decision?.summary ?? line.effect?.summary ?? JSON.stringify(line)).join('\n')}`
  }

  afterEach(async () => {
    const ended = primary.exitCode === null ? once(primary, 'exit') : Promise.resolve([])
    primary.stdin.end()
    await within<unknown>(ended, DEADLINE_MS, `primary ${primary.pid} ends with its input`)
  })

  it('recycles the one that leaks, time after time, and measures what that freed', async () => {
    start('400MB')
    await waitFor(() => told.filter(({ effect }) => effect).length >= 2, DEADLINE_MS, 'two effects are told')
    const acted = told.flatMap(({ decision }) => decision?.verdict === 'acting' ? [decision] : [])
    assert.ok(acted.every(({ worker, reason }) => worker?.slot === 1 && reason === 'worker_limit'), explained('another one went'))
    assert.ok(acted.every(({ sample, value, limit }) => sample !== null && sample.costMs > 0 && value >= limit))
    const [effect] = told.flatMap((line) => line.effect ?? [])
    assert.ok(effect?.effective && (effect.freed ?? 0) > 50 * 1024 ** 2, explained('it freed too little'))
    assert.notEqual(acted[0]?.worker?.pid, acted[1]?.worker?.pid)
  })

  it('touches nothing in a dry run', async () => {
    start('400MB', 'true')
    await waitFor(() => told.some(({ decision }) => decision), DEADLINE_MS, 'a decision is told')
    const [decision] = told.flatMap((line) => line.decision ?? [])
    assert.equal(decision?.verdict, 'dry_run')
    process.kill(decision.worker?.pid ?? 0, 0)
  })

  it('replaces all when it is called for', async () => {
    start('64GB')
    await waitFor(() => told.some(({ serving }) => serving === 3), DEADLINE_MS, 'three workers serve')
    primary.stdin.write('refork\n')
    await waitFor(() => told.some(({ outcome }) => outcome !== undefined), DEADLINE_MS, 'a refork ends')
    const [outcome] = told.flatMap((line) => line.outcome ?? [])
    assert.deepEqual([outcome?.status, outcome?.replaced.map(({ slot }) => slot).sort()], ['done', [0, 1, 2]], explained('not all went'))
    assert.ok(told.some(({ decision }) => decision?.reason === 'refork_call' && decision.verdict === 'acting'), explained('nothing was decided'))
  })
})
