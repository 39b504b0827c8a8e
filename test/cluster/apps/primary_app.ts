/**
 * A primary in a process of its own: `primary_app '{"exec": ..., "env": {...}, "options": {...}}'`. It does what it is told over its
 * channel, and tells what its pool tells.
 */
import cluster from 'node:cluster'
import { readdirSync } from 'node:fs'
import { ClusterPool, type ClusterPoolOptions } from '../../../src/cluster/index.ts'

export interface PrimarySetup {
  readonly exec: string
  readonly env: Record<string, string>
  readonly options: ClusterPoolOptions
  /** The application's own handler that forks for each worker that ends. */
  readonly forksOnExit?: boolean
}

export interface Command {
  readonly number: number
  readonly call: 'recycle' | 'roll' | 'workers' | 'descriptors' | 'close'
  readonly id?: number
}

const setup = JSON.parse(process.argv[2] ?? '') as PrimarySetup
cluster.setupPrimary({ exec: setup.exec, args: [], execArgv: [] })
cluster.on('listening', (_worker, { port }) => process.send?.({ listening: port }))
if (setup.forksOnExit) cluster.on('exit', () => cluster.fork(setup.env))

const pool = new ClusterPool(cluster, { env: setup.env, ...setup.options })
for (const name of ['ready', 'exit', 'replaced', 'startFailed', 'forced', 'rollStarted', 'rollEnded', 'warning'] as const) {
  pool.on(name, (payload: unknown) => process.send?.({ event: { name, payload } }))
}

function carryOut({ call, id = 0 }: Command): unknown {
  switch (call) {
    case 'recycle': return pool.recycle(id)
    case 'roll': return pool.roll()
    case 'workers': return pool.workers()
    case 'descriptors': return readdirSync('/proc/self/fd').length
    case 'close': return pool.close()
  }
}

process.on('message', (command: Command) => {
  void (async () => process.send?.({ answer: command.number, result: await carryOut(command) }))()
})
