import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Decision, Monitor, WatchdogOptions } from '../../src/watchdog/index.ts'
import { Kennel, MB, GB, scopeOf, type MemoryPlan } from './support/fakes.ts'

const SECOND = 1000
const MINUTE = 1000 * 60
const HOUR = MINUTE * 60
const steady: MemoryPlan = () => ({ uss: 100 * MB, shared: 50 * MB })
/** The worker of slot 1 leaks 20 MB a second. */
const leaky: MemoryPlan = ({ slot }, servingMs) => ({ uss: 100 * MB + (slot === 1 ? servingMs / SECOND * 20 * MB : 0), shared: 50 * MB })

describe('a watchdog', () => {
  it('recycles a leaking worker within two ticks of its limit, and no other', async () => {
    const kennel = new Kennel({ size: 4, plan: leaky }, { workerUss: '900MB', strikes: 2, interval: '1s' })
    await kennel.run(60 * SECOND)
    const [decision, ...others] = kennel.acted
    assert.ok(decision)
    assert.equal(others.length, 0)
    assert.deepEqual([decision.worker, decision.reason, decision.monitor], [{ id: 2, slot: 1, pid: 1002 }, 'worker_limit', 'worker-uss'])
    assert.ok(decision.value >= decision.limit && decision.value <= decision.limit + 2 * 20 * MB, decision.summary)
    assert.match(decision.summary, /^recycle worker 2 \(slot 1, pid 1002\): USS \d+ MB is above its limit of \d+ MB, 2 strikes of 2, read 0 ms ago in [\d.]+ ms$/)
    assert.deepEqual(kennel.pool.recycled, [2])
    const [effect] = kennel.effects
    assert.ok(effect?.effective && (effect.freed ?? 0) > 500 * MB, effect?.summary)
    assert.match(effect.summary, /^recycling worker 2 \(slot 1\) freed \d+ MB: USS \d+ MB before, \d+ MB after; sum of PSS/)
  })

  it('goes on recycling a worker that leaks again and again', async () => {
    const kennel = new Kennel({ size: 4, plan: leaky }, { workerUss: '900MB', strikes: 2, interval: '1s' })
    await kennel.run(5 * MINUTE)
    assert.ok(kennel.acted.length >= 6, `${kennel.acted.length} actions`)
    assert.ok(kennel.acted.every(({ worker }) => worker?.slot === 1))
    assert.ok(kennel.effects.every(({ effective }) => effective))
  })

  it('measures a replacement before it has leaked as much again, though the old worker takes its time to end', async () => {
    const kennel = new Kennel({ size: 4, plan: leaky, drainMs: 40 * SECOND }, { workerUss: '900MB', strikes: 2, interval: '1s' })
    await kennel.run(3 * MINUTE)
    assert.ok(kennel.effects.length >= 2)
    assert.ok(kennel.effects.every(({ effective, freed }) => effective && (freed ?? 0) > 500 * MB), kennel.effects.map(({ summary }) => summary).join('\n'))
  })

  it('does not take shared memory for use', async () => {
    const plan: MemoryPlan = () => ({ uss: 50 * MB, shared: 300 * MB })
    const kennel = new Kennel({ size: 8, plan }, { workerUss: '200MB', interval: '1s' })
    await kennel.run(2 * MINUTE)
    assert.deepEqual(kennel.decisions, [])
    // Above the limit by RSS: one reading now and then vouches for them.
    assert.ok(kennel.gauge.reads.length >= 8 && kennel.gauge.reads.length <= 8 * 5, `${kennel.gauge.reads.length} rollups`)
    const byRss = new Kennel({ size: 8, plan }, { workerRss: '200MB', interval: '1s' })
    await byRss.run(2 * MINUTE)
    assert.ok(byRss.acted.length > 0)
  })

  it('reads no rollup of workers below their limit by RSS, and none for a limit of RSS', async () => {
    const kennel = new Kennel({ size: 40, plan: steady }, { workerUss: '600MB', poolPss: '12GB', workerRss: '500MB', interval: '1s' })
    await kennel.run(MINUTE)
    assert.deepEqual(kennel.gauge.reads, [])
    assert.deepEqual(kennel.decisions, [])
  })

  it('ends in quiet when the limit cannot be met', async () => {
    const plan: MemoryPlan = () => ({ uss: 700 * MB, shared: 10 * MB })
    const kennel = new Kennel({ size: 4, plan }, { workerUss: '600MB', actions: { max: 3, per: '2h' } })
    await kennel.run(10 * MINUTE)
    assert.equal(kennel.acted.length, 3)
    assert.ok(kennel.effects.length === 3 && kennel.effects.every(({ effective }) => !effective))
    assert.match(kennel.effects[0]?.summary ?? '', /freed 0 bytes, less than the 70 MB asked for: .*slot \d is left alone for 1 h for this reason, and the cool-down is 30 s now$/)
    assert.equal(kennel.verdicts.filter((verdict) => verdict === 'ineffective').length, 3)
    const told = kennel.decisions.length
    assert.ok(told <= 10, `${told} decisions told`)
    await kennel.run(50 * MINUTE)
    assert.equal(kennel.decisions.length, told)
    assert.equal(kennel.pool.recycled.length, 3)
  })

  it('acts on each slot once in an hour when the limit cannot be met, with the actions it has by default', async () => {
    const plan: MemoryPlan = () => ({ uss: 700 * MB, shared: 10 * MB })
    const kennel = new Kennel({ size: 4, plan }, { workerUss: '600MB' })
    await kennel.run(HOUR)
    assert.deepEqual(kennel.acted.map(({ worker }) => worker?.slot).sort(), [0, 1, 2, 3])
    assert.ok(kennel.decisions.length <= 16, kennel.decisions.map(({ summary }) => summary).join('\n'))
  })

  it('acts once on each slot, too, when it takes long until the effect is measured, and when there are no cool-downs', async () => {
    const plan: MemoryPlan = () => ({ uss: 700 * MB, shared: 10 * MB })
    const slow: WatchdogOptions[] = [
      { settle: '1m' }, { settle: '1m', cooldown: 0, slotCooldown: 0 }, { cooldown: 0, slotCooldown: 0, warmUp: 0, interval: '100ms' },
    ]
    for (const options of slow) {
      const kennel = new Kennel({ size: 2, plan }, { workerUss: '600MB', ...options })
      await kennel.run(10 * MINUTE)
      assert.deepEqual(kennel.acted.map(({ worker }) => worker?.slot).sort(), [0, 1], kennel.decisions.map(({ summary }) => summary).join('\n'))
    }
  })

  it('waits for the effect of the last action on a slot no longer than ten minutes', async () => {
    const kennel = new Kennel({ size: 2, plan: leaky }, { workerUss: '900MB', interval: '1s', settle: '2h' })
    await kennel.run(HOUR)
    assert.ok(kennel.acted.length >= 5 && kennel.acted.length <= 7, `${kennel.acted.length} actions in an hour`)
    assert.match(kennel.decisions[1]?.summary ?? '', /; not now: (cooling down for .*|the effect of the last action is still to be measured)$/)
  })

  it('does not wait for an effect where memory is not the reason', async () => {
    const kennel = new Kennel({ size: 1, plan: steady }, { maxAge: { limit: '1m', splay: 0 }, interval: '1s', settle: '50s', cooldown: 0, slotCooldown: 0 })
    kennel.dog.on('sample', ({ workers }) => { if (workers[0] && workers[0].servingMs > 90 * SECOND) assert.fail('it has waited') })
    await kennel.run(5 * MINUTE)
    assert.ok(kennel.acted.length >= 4)
  })

  it('says of a failed action who serves on, by what the pool says', async () => {
    const plan: MemoryPlan = () => ({ uss: 700 * MB, shared: 0 })
    const outcomes = [
      [{ kept: [], replaced: [{ slot: 0, oldId: 1, newId: undefined }] }, 'those that were to go have gone, 0 of 2 workers serve now, and the cool-down is 30 s now'],
      [{ kept: [], replaced: [] }, 'nobody was replaced, and nobody kept, 0 of 2 workers serve now, and the cool-down is 30 s now'],
      [{ kept: [1], replaced: [] }, 'of 1 worker that could not be replaced 0 serve on, 0 of 2 workers serve now, and the cool-down is 30 s now'],
    ] as const
    for (const [outcome, clause] of outcomes) {
      const kennel = new Kennel({ size: 2, plan }, { workerUss: '600MB', interval: '1s' })
      kennel.pool.recycle = async () => {
        for (const worker of kennel.pool.held) worker.state = 'draining'
        return { status: 'failed', failure: 'no start came to anything', tookMs: 1, ...outcome }
      }
      await kennel.run(40 * SECOND)
      assert.ok(kennel.warnings[0]?.endsWith(`failed: no start came to anything; ${clause}`), kennel.warnings[0])
    }
  })

  it('leaves no slot alone for what others on the machine use', async () => {
    const kennel = new Kennel({ size: 1, plan: () => ({ uss: 700 * MB, shared: 0 }) }, { workerRss: '600MB', interval: '1s' })
    kennel.gauge.mostInATick = 0
    kennel.scope = { ...scopeOf(16 * GB, GB), limitKind: 'machine' }
    await kennel.run(35 * SECOND)
    kennel.scope = { ...kennel.scope, used: GB + 527 * MB }
    await kennel.run(30 * SECOND)
    assert.deepEqual(kennel.effects.map(({ freed, usedBefore }) => [freed, usedBefore]), [[undefined, GB]])
    assert.equal(kennel.effects[0]?.summary,
      'recycling worker 1 (slot 0) could not be measured, as neither USS nor PSS is known both before and after: memory in use 1 GB before, 1.5 GB after')
    await kennel.run(2 * MINUTE)
    assert.ok(!kennel.verdicts.includes('ineffective'))
  })

  it('decides and touches nothing in a dry run', async () => {
    const kennel = new Kennel({ size: 4, plan: leaky }, { workerUss: '600MB', interval: '1s', dryRun: true })
    await kennel.run(5 * MINUTE)
    assert.deepEqual(kennel.pool.recycled, [])
    assert.equal(kennel.pool.rolls, 0)
    assert.deepEqual(kennel.verdicts, ['dry_run'])
    assert.match(kennel.decisions[0]?.summary ?? '', /^dry run: would recycle worker 2 /)
    assert.equal(await Promise.all([kennel.dog.refork(), kennel.run(SECOND)]).then(([outcome]) => outcome), undefined)
    assert.equal(kennel.pool.rolls, 0)
    assert.deepEqual(kennel.verdicts, ['dry_run', 'dry_run'])
  })

  it('waits in a dry run as long as if it had acted', async () => {
    const plan: MemoryPlan = ({ slot }) => ({ uss: slot < 2 ? 700 * MB : 10 * MB, shared: 0 })
    const kennel = new Kennel({ size: 4, plan }, { workerUss: '600MB', interval: '1s', cooldown: '20s', dryRun: true })
    const times: number[] = []
    kennel.dog.on('decision', ({ verdict }) => verdict === 'dry_run' && times.push(kennel.time.now))
    await kennel.run(5 * MINUTE)
    assert.deepEqual(kennel.verdicts, ['dry_run', 'cooling_down', 'dry_run'])
    assert.equal((times[1] ?? 0) - (times[0] ?? 0), 20 * SECOND)
  })

  it('acts on what is beyond a hard limit first', async () => {
    const found = { reason: 'custom', action: 'recycle', limit: 1, unit: 'count', measure: 'things' } as const
    const soft: Monitor = { name: 'soft', strikes: 1, check: () => [{ ...found, worker: 1, value: 10 }] }
    const hard: Monitor = { name: 'hard', check: () => [{ ...found, worker: 2, value: 2, hard: true }] }
    const kennel = new Kennel({ size: 2, plan: steady }, { monitors: [soft, hard] })
    await kennel.run(6 * SECOND)
    assert.deepEqual(kennel.pool.recycled, [2])
  })

  it('tells again what was gone for long', async () => {
    let isWrong = true
    const odd: Monitor = {
      name: 'odd', strikes: 1,
      check: () => isWrong ? [{ reason: 'custom', action: 'report', value: 2, limit: 1, unit: 'count', measure: 'things' }] : [],
    }
    const kennel = new Kennel({ size: 1, plan: steady }, { monitors: [odd] })
    for (const goneMs of [MINUTE, 11 * MINUTE]) {
      isWrong = true
      await kennel.run(MINUTE)
      isWrong = false
      await kennel.run(goneMs)
    }
    assert.deepEqual(kennel.verdicts, ['reported'])
    isWrong = true
    await kennel.run(MINUTE)
    assert.deepEqual(kennel.verdicts, ['reported', 'reported'])
  })

  it('takes no reading of the warm-up for a baseline', async () => {
    const cold: Monitor = { name: 'cold', wants: ({ workers }) => workers.flatMap(({ warm, worker }) => warm ? [] : [worker.id]), check: () => [] }
    const kennel = new Kennel({ size: 1, plan: leaky }, { monitors: [cold], interval: '1s', warmUp: '10s' })
    const baselines: unknown[] = []
    kennel.dog.on('sample', ({ workers }) => baselines.push(workers[0]?.baselineUss))
    await kennel.run(20 * SECOND)
    assert.ok(kennel.gauge.reads.length >= 9)
    assert.ok(baselines.every((baseline) => baseline === undefined), String(baselines))
  })

  it('does nothing more once it is closed, were it in the middle of a tick', async () => {
    for (const [closeAt, told] of [['decision', 1], ['reading', 0]] as const) {
      const kennel = new Kennel({ size: 4, plan: leaky }, { workerUss: '900MB', interval: '1s' })
      const read = kennel.gauge.read.bind(kennel.gauge)
      kennel.gauge.read = (pids) => {
        // Of the others, before the action.
        if (closeAt === 'reading' && !pids.includes(kennel.pool.held[1]?.pid ?? 0)) kennel.dog.close()
        return read(pids)
      }
      if (closeAt === 'decision') kennel.dog.on('decision', () => kennel.dog.close())
      await kennel.run(MINUTE)
      assert.deepEqual([kennel.gauge.isClosed, kennel.decisions.length, kennel.pool.recycled], [true, told, []], closeAt)
    }
  })

  it('calls listeners that were added once but once', async () => {
    const kennel = new Kennel({ size: 1, plan: steady }, { workerUss: '900MB', interval: '1s' })
    let calls = 0
    kennel.dog.once('sample', () => calls++)
    await kennel.run(5 * SECOND)
    assert.equal(calls, 1)
  })

  it('looks after 200 workers: leaking ones go one at a time, the rest stay', async () => {
    const plan: MemoryPlan = ({ slot }, servingMs) => ({ uss: 100 * MB + (slot % 20 === 0 ? servingMs / SECOND * 10 * MB : 0), shared: 50 * MB })
    const kennel = new Kennel({ size: 200, plan }, { workerUss: '1GB', strikes: 2, actions: { max: 100 }, cooldown: '5s', interval: '1s' })
    kennel.gauge.mostInATick = 8
    await kennel.run(3 * MINUTE)
    const slots = kennel.acted.map(({ worker }) => worker?.slot ?? -1)
    assert.ok(slots.every((slot) => slot % 20 === 0))
    assert.equal(new Set(slots).size, 10)
    assert.equal(kennel.pool.size, 200)
    // One wait and one action for each, not one message each tick.
    assert.ok(kennel.decisions.length <= 3 * slots.length, `${kennel.decisions.length} decisions, ${slots.length} actions`)
  })

  it('reports a monitor that throws, and leaves it out after three times, and the others go on', async () => {
    let calls = 0
    const broken: Monitor = { name: 'broken', check: () => { calls++; throw new Error('no good') } }
    const kennel = new Kennel({ size: 4, plan: leaky }, { monitors: [broken], workerUss: '900MB', interval: '1s' })
    await kennel.run(MINUTE)
    assert.equal(calls, 3)
    assert.deepEqual(kennel.failures.map(({ monitor, failures, disabled }) => [monitor, failures, disabled]),
      [['broken', 1, false], ['broken', 2, false], ['broken', 3, true]])
    assert.deepEqual(kennel.pool.recycled, [2])
  })

  it('takes nonsense from a monitor for a failure of the monitor', async () => {
    const nonsense = [
      { reason: 'because', action: 'recycle', value: 1, limit: 1, unit: 'count', measure: 'x' },
      { reason: 'custom', action: 'explode', value: 1, limit: 1, unit: 'count', measure: 'x' },
      { reason: 'custom', action: 'report', value: NaN, limit: 1, unit: 'count', measure: 'x' },
      { reason: 'custom', action: 'report', value: 1, limit: 1, unit: 'kg', measure: 'x' },
    ]
    for (const violation of nonsense) {
      const kennel = new Kennel({ size: 1, plan: steady }, { monitors: [{ name: 'odd', check: () => [violation as never] }] })
      await kennel.run(10 * SECOND)
      assert.equal(kennel.failures.length, 2)
      assert.ok(kennel.failures[0]?.error instanceof TypeError)
    }
  })

  it('takes a promise from a monitor for a failure of the monitor, and from a logger for its word', async () => {
    const late: Monitor = { name: 'late', check: (async () => { throw new Error('later') }) as never }
    const logger = { info: () => undefined, warn: () => undefined, error: async () => { throw new Error('disk full') } }
    const warnings: Error[] = []
    const listen = (warning: Error): number => warnings.push(warning)
    process.on('warning', listen)
    const kennel = new Kennel({ size: 1, plan: steady }, { monitors: [late], logger })
    await kennel.run(MINUTE)
    process.off('warning', listen)
    assert.deepEqual(kennel.failures.map(({ failures, disabled }) => [failures, disabled]), [[1, false], [2, false], [3, true]])
    assert.match(String(kennel.failures[0]?.error), /^TypeError: "check" returned a promise/)
    assert.ok(warnings.some(({ message }) => message === 'the logger of the watchdog threw Error: disk full'))
  })

  it('judges nothing by a tick that comes far too late', async () => {
    let checks = 0
    const counting: Monitor = { name: 'counting', check: () => { checks++; return [] } }
    const kennel = new Kennel({ size: 1, plan: steady }, { monitors: [counting], interval: '1s' })
    await kennel.run(2 * SECOND)
    assert.equal(checks, 2)
    kennel.time.suspend(MINUTE)
    await kennel.run(0)
    assert.equal(checks, 2)
    assert.match(kennel.warnings[0] ?? '', /a tick came [\d.]+ s late/)
    await kennel.run(SECOND)
    assert.equal(checks, 3)
  })

  it('goes on when a listener or the logger throws', async () => {
    const kennel = new Kennel({ size: 4, plan: leaky }, {
      workerUss: '900MB', interval: '1s', logger: { info: fail, warn: fail, error: fail },
    })
    const seen: Decision[] = []
    kennel.dog.prependListener('decision', fail)
    kennel.dog.on('decision', (decision) => seen.push(decision))
    const warnings: Error[] = []
    const listen = (warning: Error): number => warnings.push(warning)
    process.on('warning', listen)
    await kennel.run(MINUTE)
    process.off('warning', listen)
    assert.equal(seen.length, kennel.decisions.length)
    assert.deepEqual(kennel.pool.recycled, [2])
    assert.ok(warnings.some(({ message }) => message.includes('a listener for \'decision\' of the watchdog threw Error: on purpose')))
  })

  it('publishes decisions and effects on diagnostics channels, and logs their sentences', async () => {
    const published: unknown[] = []
    const note = (message: unknown): number => published.push(message)
    subscribe('smem-ts:decision', note)
    subscribe('smem-ts:effect', note)
    const lines: string[] = []
    const log = (text: string): number => lines.push(text)
    try {
      const kennel = new Kennel({ size: 4, plan: leaky }, { workerUss: '900MB', interval: '1s', logger: { info: log, warn: log, error: log } })
      await kennel.run(MINUTE)
      assert.deepEqual(published, [...kennel.decisions, ...kennel.effects])
      assert.deepEqual(lines, [...kennel.decisions, ...kennel.effects].map(({ summary }) => summary))
    } finally {
      unsubscribe('smem-ts:decision', note)
      unsubscribe('smem-ts:effect', note)
    }
  })

  it('waits for the end of the warm-up, but not beyond a hard limit', async () => {
    const plan: MemoryPlan = ({ slot }) => ({ uss: slot === 0 ? 700 * MB : slot === 1 ? 2 * GB : 100 * MB, shared: 0 })
    const { workerLimit } = await import('../../src/watchdog/index.ts')
    const kennel = new Kennel({ size: 3, plan }, { monitors: [workerLimit({ uss: '600MB', hard: '1GB' })], interval: '1s', warmUp: '1m' })
    await kennel.run(50 * SECOND)
    assert.deepEqual(kennel.acted.map(({ worker, hard }) => [worker?.slot, hard]), [[1, true]])
    assert.match(kennel.acted[0]?.summary ?? '', /USS 2 GB is above its hard limit of 1 GB, read 0 ms ago/)
  })

  it('holds back while somebody else rolls the pool', async () => {
    const kennel = new Kennel({ size: 4, plan: leaky }, { workerUss: '600MB', strikes: 1, interval: '100ms', warmUp: 0 })
    await kennel.run(24 * SECOND)
    assert.equal(kennel.decisions.length, 0)
    kennel.pool.emit('rollStarted', { generation: 1 })
    await kennel.run(4 * SECOND)
    assert.deepEqual(kennel.verdicts, ['busy'])
    assert.match(kennel.decisions[0]?.summary ?? '', /^due: recycle worker 2 .*; not now: a roll or another action is under way$/)
    kennel.pool.emit('rollEnded', { status: 'done', replaced: [], kept: [], failure: undefined, tookMs: 1 })
    await kennel.run(SECOND)
    assert.deepEqual(kennel.verdicts, ['busy', 'acting'])
  })

  it('says why a worker could not be replaced, and waits longer each time', async () => {
    const plan: MemoryPlan = ({ slot }) => ({ uss: slot === 0 ? 700 * MB : 10 * MB, shared: 0 })
    const kennel = new Kennel({ size: 2, plan, outcome: () => 'failed' }, { workerUss: '600MB', interval: '1s' })
    await kennel.run(10 * MINUTE)
    assert.match(kennel.warnings[0] ?? '', /^decision 1, to recycle worker 1 \(slot 0, pid 1001\), failed: the start failed 3 times; those that were to go serve on, and the cool-down is 30 s now$/)
    assert.ok(kennel.acted.length >= 3 && kennel.acted.length <= 6, `${kennel.acted.length} tries`)
    assert.deepEqual(kennel.effects, [])
  })

  it('only warns when the worker has gone meanwhile', async () => {
    const plan: MemoryPlan = () => ({ uss: 700 * MB, shared: 0 })
    const kennel = new Kennel({ size: 1, plan }, { workerUss: '600MB', interval: '1s' })
    kennel.pool.recycle = () => Promise.reject(new RangeError('no worker has the id 1'))
    await kennel.run(40 * SECOND)
    assert.match(kennel.warnings[0] ?? '', /was not possible: no worker has the id 1$/)
  })

  it('says once that its time budget is too small', async () => {
    const kennel = new Kennel({ size: 3, plan: () => ({ uss: GB, shared: 0 }) }, { workerUss: '600MB', interval: '1s' })
    kennel.gauge.mostInATick = 0
    await kennel.run(3 * MINUTE)
    assert.deepEqual(kennel.warnings, ['the time budget is too small for this pool: the rollup of process 1001 had to wait 60 times in a row; raise "budget", or "interval"'])
    assert.deepEqual(kennel.decisions, [])
  })

  it('says of a process that cannot be read that it is not judged, and why', async () => {
    const kennel = new Kennel({ size: 1, plan: () => ({ uss: GB, shared: 0 }) }, { workerUss: '600MB', interval: '1s' })
    kennel.gauge.mostInATick = 0
    kennel.gauge.failure = { code: 'EACCES', reason: 'EACCES (owned by uid 33)' }
    await kennel.run(3 * MINUTE)
    assert.deepEqual(kennel.warnings, ['process 1001 is not judged: its rollup could not be read 12 times in a row: EACCES (owned by uid 33)'])
  })

  it('says when its actions are used up, even of the pool for which it has acted', async () => {
    const plan: MemoryPlan = (_worker, servingMs) => ({ uss: 100 * MB + servingMs / SECOND * 10 * MB, shared: 0 })
    const kennel = new Kennel({ size: 4, plan }, { poolPss: '1GB', interval: '1s', actions: { max: 2, per: '30m' } })
    await kennel.run(10 * MINUTE)
    assert.deepEqual(kennel.verdicts.slice(-3), ['acting', 'acting', 'budget_spent'])
    assert.match(kennel.decisions.at(-1)?.summary ?? '', /^due: recycle the pool: .*; not now: the 2 actions of 30 min are used up$/)
  })

  it('asks for no freed memory where memory was not the reason', async () => {
    const kennel = new Kennel({ size: 2, plan: steady }, { maxAge: { limit: '1m', splay: 0 }, interval: '1s' })
    await kennel.run(5 * MINUTE)
    assert.ok(kennel.acted.length >= 4)
    assert.ok(kennel.effects.length >= 4 && kennel.effects.every(({ effective }) => effective))
    assert.doesNotMatch(kennel.effects[0]?.summary ?? '', /asked for/)
    assert.ok(!kennel.verdicts.includes('ineffective'))
  })

  it('does not act in a pool that does not replace, where all are to be replaced', async () => {
    const always: Monitor = { name: 'mine', strikes: 1, check: () => [{ reason: 'custom', action: 'refork', value: 2, limit: 1, unit: 'count', measure: 'things' }] }
    const kennel = new Kennel({ size: 2, plan: steady, replaces: false }, { monitors: [always] })
    await kennel.run(MINUTE)
    assert.deepEqual(kennel.verdicts, ['reported'])
    await assert.rejects(kennel.dog.refork(), /a pool of the kind 'fake' does not replace its workers/)
  })

  it('counts what a process held that nobody replaces as freed', async () => {
    const plan: MemoryPlan = ({ slot }) => ({ uss: slot === 0 ? 700 * MB : 10 * MB, shared: 0 })
    const kennel = new Kennel({ size: 2, plan, replaces: false }, { workerUss: '600MB' })
    await kennel.run(2 * MINUTE)
    assert.match(kennel.acted[0]?.summary ?? '', /^end worker 1 /)
    assert.deepEqual(kennel.effects.map(({ freed, effective }) => [freed, effective]), [[700 * MB, true]])
  })

  it('ends in quiet when a supervisor starts anew, and as large, what it ends', async () => {
    const kennel = new Kennel({ size: 1, plan: () => ({ uss: 700 * MB, shared: 0 }), replaces: false }, { workerUss: '600MB' })
    const { pool, time } = kennel
    let id = 1
    for (let seconds = 0; seconds < 60 * 50; seconds += 2) {
      await kennel.run(2 * SECOND)
      if (pool.size > 0) continue
      id++
      pool.held.push({ id, slot: 0, pid: 1000 + id, state: 'serving', generation: 0, startedAt: time.now, readyAt: time.now, report: undefined })
    }
    assert.deepEqual([pool.recycled, kennel.verdicts.at(-1)], [[1], 'ineffective'], kennel.effects.map(({ summary }) => summary).join('\n'))
  })

  it('ends in quiet when the supervisor takes its time, too', async () => {
    for (const restartMs of [12 * SECOND, 30 * SECOND, 4 * MINUTE]) {
      const kennel = new Kennel({ size: 1, plan: () => ({ uss: 700 * MB, shared: 0 }), replaces: false }, { workerUss: '600MB', interval: '1s' })
      await restarting(kennel, restartMs, 50 * MINUTE)
      const told = kennel.effects.map(({ summary }) => summary)
      assert.deepEqual([kennel.pool.recycled, kennel.verdicts.at(-1)], [[1], 'ineffective'], told.join('\n'))
      assert.match(told[0] ?? '', /^ending worker 1 \(slot 0\) freed 700 MB so far: USS 700 MB before, 0 bytes after/)
      assert.match(told[1] ?? '', /^ending worker 1 \(slot 0\) freed 0 bytes, less than the 70 MB asked for: USS 700 MB before, 700 MB after; .*slot 0 is left alone for 1 h/)
      assert.equal(told.length, 2)
    }
  })

  it('leaves no slot alone when what the supervisor starts late is small', async () => {
    const plan: MemoryPlan = (_worker, servingMs) => ({ uss: 100 * MB + servingMs / SECOND * 5 * MB, shared: 0 })
    const kennel = new Kennel({ size: 1, plan, replaces: false }, { workerUss: '600MB', interval: '1s' })
    await restarting(kennel, 30 * SECOND, 20 * MINUTE)
    assert.ok(kennel.acted.length >= 5, `${kennel.acted.length} actions`)
    assert.ok(kennel.effects.every(({ effective }) => effective) && kennel.effects.length <= kennel.acted.length)
  })

  it('says so when nothing here tells of pressure', async () => {
    const lines: string[] = []
    const log = (text: string): number => lines.push(text)
    const skipped = [{ kind: 'psi', path: '/proc/pressure/memory', reason: 'there is no such file' }] as const
    const kennel = new Kennel({ size: 1, plan: steady }, { pressure: true, logger: { info: log, warn: log, error: log } }, {
      watchPressure: () => ({ sources: [], skipped, close: () => undefined }),
    })
    await kennel.run(MINUTE)
    assert.deepEqual(lines, ['nothing here tells of memory pressure: /proc/pressure/memory: there is no such file'])
  })

  it('settles a call for a refork whose readings fail', async () => {
    const kennel = new Kennel({ size: 1, plan: steady }, { workerUss: '900MB' })
    kennel.gauge.read = () => Promise.reject(new Error('no descriptors'))
    const call = kennel.dog.refork()
    await kennel.run(SECOND)
    assert.equal(await call, undefined)
    assert.deepEqual([kennel.warnings, kennel.pool.rolls], [['a tick failed: no descriptors'], 0])
  })

  it('lets go of everything when it is closed', async () => {
    let closes = 0
    const closing: Monitor = { name: 'closing', check: () => [], close: () => void closes++ }
    let ended = 0
    const kennel = new Kennel({ size: 2, plan: steady }, { monitors: [closing], pressure: true, refork: { signal: 'SIGURG' } }, { onClose: () => ended++ })
    const listeners = process.listenerCount('SIGURG')
    assert.equal(kennel.isPressureWatched, true)
    const call = kennel.dog.refork()
    kennel.dog.close()
    kennel.dog[Symbol.dispose]()
    assert.equal(await call, undefined)
    assert.equal(process.listenerCount('SIGURG'), listeners - 1)
    assert.deepEqual([closes, ended, kennel.isPressureWatched, kennel.gauge.isClosed, kennel.time.pending], [1, 1, false, true, 0])
    assert.equal(kennel.pool.listenerCount('rollStarted') + kennel.pool.listenerCount('rollEnded'), 0)
    assert.equal(kennel.pool.isClosed, false)
    await assert.rejects(kennel.dog.refork(), /the watchdog was closed/)
  })
})

/** A supervisor that starts what has ended anew, so long after. */
async function restarting({ pool, time }: Kennel, restartMs: number, forMs: number): Promise<void> {
  let id = 1
  let emptySince: number | undefined
  const end = time.now + forMs
  while (time.now < end) {
    await time.advance(SECOND)
    emptySince = pool.size > 0 ? undefined : emptySince ?? time.now
    if (emptySince === undefined || time.now - emptySince < restartMs) continue
    id++
    pool.held.push({ id, slot: 0, pid: 1000 + id, state: 'serving', generation: 0, startedAt: time.now, readyAt: time.now, report: undefined })
  }
}

function fail(): never {
  throw new Error('on purpose')
}
