import * as fs from 'node:fs'

import { errnoOf } from '../../errors.ts'
import type { CancelFlag } from '../backend.ts'
import type { Operation, Steps } from './operations.ts'

/** Carries a reader out on this thread. */
export function runSync<T>(steps: Steps<T>): T {
  let step = steps.next()
  while (step.done !== true) {
    let result: number
    try {
      result = perform(step.value)
    } catch (error) {
      step = steps.throw(error) // it closes what it holds and throws the error out
      continue
    }
    step = steps.next(result)
  }
  return step.value
}

/**
 * Carries a reader out on libuv's threads. Once `cancel` is set it is ended before its next operation, after
 * closing what it holds, and the result is `cancelled`.
 */
export async function runAsync<T>(steps: Steps<T>, cancel: CancelFlag, cancelled: T): Promise<T> {
  try {
    return await runUnlessCancelled(steps, cancel)
  } catch (error) {
    if (error instanceof Cancellation) return cancelled
    throw error
  }
}

/**
 * Thrown into a reader to end it. return() would not do: a reader within another that yields a 'close' on its way out
 * ends as if nothing had happened, and the outer one goes on.
 */
class Cancellation extends Error {}

async function runUnlessCancelled<T>(steps: Steps<T>, cancel: CancelFlag): Promise<T> {
  let step = steps.next()
  while (step.done !== true) {
    // A reader that closes is left to it: to end it there would keep it from closing.
    if (step.value.kind !== 'close' && Atomics.load(cancel, 0) !== 0) {
      step = steps.throw(new Cancellation())
      continue
    }
    let result: number
    try {
      result = await performLater(step.value)
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(result)
  }
  return step.value
}

/** Throws what is no system error, which can only be a mistake of ours or of the caller. */
function perform(operation: Operation): number {
  try {
    switch (operation.kind) {
      case 'open':
        return fs.openSync(operation.path, operation.flags)
      case 'read':
        return fs.readSync(operation.fd, operation.into, operation.at, operation.size, operation.position)
      case 'stat':
        fs.statSync(operation.path)
        return 0
      case 'owner':
        return fs.fstatSync(operation.fd).uid
      case 'list':
        for (const name of fs.readdirSync(operation.path)) operation.names.push(name)
        return 0
      case 'close':
        fs.closeSync(operation.fd)
        return 0
    }
  } catch (error) {
    return -errnoOf(error)
  }
}

function performLater(operation: Operation): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null, result: () => number): void => {
      try {
        resolve(error === null ? result() : -errnoOf(error))
      } catch (unexpected) {
        reject(unexpected as Error)
      }
    }
    switch (operation.kind) {
      case 'open':
        return fs.open(operation.path, operation.flags, (error, fd) => settle(error, () => fd))
      case 'read': {
        const { fd, into, at, size, position } = operation
        return fs.read(fd, into, at, size, position, (error, got) => settle(error, () => got))
      }
      case 'stat':
        return fs.stat(operation.path, (error) => settle(error, () => 0))
      case 'owner':
        return fs.fstat(operation.fd, (error, stats) => settle(error, () => stats.uid))
      case 'list':
        return fs.readdir(operation.path, (error, names) => {
          settle(error, () => {
            for (const name of names) operation.names.push(name)
            return 0
          })
        })
      case 'close':
        return fs.close(operation.fd, (error) => settle(error ?? null, () => 0))
    }
  })
}
