/** A supervisor in a process of its own: `primary '{"app": ...}' ['{"workerUss": ...}']`. It does what it is told over its channel, and tells what its pool tells. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { MoldPool, type MoldPoolOptions } from '../../../src/mold.ts'
import { watchdog, type WatchdogOptions } from '../../../src/watchdog.ts'

export interface MoldCommand {
  readonly number: number
  readonly call: 'refork' | 'roll' | 'recycle' | 'workers' | 'status' | 'mold' | 'addresses' | 'stopRolling' | 'close' | 'footprint'
    | 'bystander'
  readonly id?: number
}

const EVENTS = ['ready', 'exit', 'replaced', 'startFailed', 'forced', 'rollStarted', 'rollEnded', 'warning', 'refork'] as const

const pool = await MoldPool.start(JSON.parse(process.argv[2] ?? '') as MoldPoolOptions).catch((error: NodeJS.ErrnoException) => {
  process.send?.({ failed: { message: error.message, code: error.code } })
  process.disconnect?.()
  return undefined
})

if (pool) {
  for (const name of EVENTS) pool.on(name, (payload: unknown) => say({ event: { name, payload } }))
  process.on('message', ({ number, call, id = 0 }: MoldCommand) => {
    void (async () => say({ answer: number, result: await carryOut(pool, call, id) }))()
  })
  const [, , , watching] = process.argv
  if (watching !== undefined) {
    const dog = watchdog(pool, JSON.parse(watching) as WatchdogOptions)
    for (const name of ['decision', 'effect'] as const) dog.on(name, (payload: unknown) => say({ event: { name, payload } }))
  }
  process.send?.({ started: pool.addresses })
}

function carryOut(on: MoldPool, call: MoldCommand['call'], id: number): unknown {
  switch (call) {
    case 'refork': return on.refork()
    case 'roll': return on.roll()
    case 'recycle': return on.recycle(id)
    case 'workers': return on.workers()
    case 'status': return on.status()
    case 'mold': return on.primaryPid
    case 'addresses': return on.addresses
    case 'stopRolling': return on.stopRolling()
    case 'footprint': return {
      descriptors: readdirSync('/proc/self/fd').length, mappings: readFileSync('/proc/self/maps', 'latin1').split('\n').length,
    }
    case 'bystander': return startBystander()
    case 'close': return on.close().then(() => process.disconnect())
  }
}

/** A child that has nothing to do with the pool. */
function startBystander(): number | undefined {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
  child.on('exit', (_, signal) => say({ event: { name: 'warning', payload: `bystander ended by ${signal}` } }))
  return child.pid
}

function say(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}
