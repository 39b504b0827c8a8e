import { randomInt, randomUUID } from 'node:crypto'
import { backend } from '../native/index.ts'
import { installRandom, seedRandom } from './random_generator.ts'
import { refillRandomPools } from './random_pools.ts'

/**
 * Makes a forked process another than the one it was copied from: process.pid, Math.random, the bytes that crypto.randomUUID and
 * crypto.randomInt keep in store, and the random pools of libraries. `forkProcess` has done it when it returns in the child.
 *
 * Not touched, for it is the application's: the values that were computed before the fork, process.title, process.uptime,
 * performance.timeOrigin, and state that a library derived from random bytes (the process number of bson's ObjectId, the node of
 * UUIDs of version 1): renew those in an `afterFork` hook.
 */
export function renewIdentity(): void {
  const pid = backend().fork?.currentPid() ?? process.pid
  Object.defineProperty(process, 'pid', { value: pid, writable: false, enumerable: true, configurable: true })
  installRandom()
  seedRandom()
  drainStores()
  refillRandomPools()
}

/** What Node keeps: 128 UUIDs, and 6 KiB for integers of 6 bytes. After a whole round all that is left is new. */
const STORED_UUIDS = 128
const STORED_INTEGERS = 1024

function drainStores(): void {
  for (let i = 0; i < STORED_UUIDS; i++) randomUUID()
  // A range that divides 2^48 takes six bytes for each integer, neither more nor fewer.
  for (let i = 0; i < STORED_INTEGERS; i++) randomInt(2)
}
