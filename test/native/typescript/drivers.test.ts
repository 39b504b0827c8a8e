import assert from 'node:assert/strict'
import { constants as fs, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { constants as os, tmpdir } from 'node:os'
import { join } from 'node:path'

import { runAsync, runSync } from '../../../src/native/typescript/drivers.ts'
import { closeFile, list, openFile, owner, read, stat } from '../../../src/native/typescript/operations.ts'
import type { Steps } from '../../../src/native/typescript/operations.ts'

const CANCELLED = -99

describe('the drivers of the TypeScript backend', () => {
  let folder = ''
  let file = ''

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-drivers-'))
    file = join(folder, 'file')
    writeFileSync(file, 'ten bytes.')
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const [name, run] of [['synchronous', runNow], ['asynchronous', runLater]] as const) {
    describe(name, () => {
      it('carries out every operation', async () => {
        assert.deepEqual(await run(everyOperation(folder, file)), {
          first: 'ten', then: ' byt', again: 'bytes.', end: 0, missing: -os.errno.ENOENT, there: 0,
          uid: process.getuid?.(), names: ['file'], unlisted: -os.errno.ENOTDIR,
        })
      })

      it('answers with a negated errno where the system refuses', async () => {
        assert.equal(await run(openFile(join(folder, 'none'), fs.O_RDONLY)), -os.errno.ENOENT)
        assert.equal(await run(openFile(join(file, 'x'), fs.O_RDONLY)), -os.errno.ENOTDIR)
        assert.equal(await run(openFile(file, fs.O_RDONLY | fs.O_DIRECTORY)), -os.errno.ENOTDIR)
        assert.equal(await run(owner(1e6)), -os.errno.EBADF)
        await run(closeFile(1e6))
      })

      it('throws what is a mistake of the caller, and closes the file all the same', async () => {
        await assert.rejects(async () => run(mistaken(file)), { code: 'ERR_OUT_OF_RANGE' })
        assert.equal(countOpen(file), 0)
      })
    })
  }

  it('end a cancelled reader before its next operation, wherever it is, and close what it holds', async () => {
    assert.deepEqual(await cancelAfter(nested(file), Infinity), { result: 10, performed: 6 })
    // open, open, read, close, read, close: how many of them are carried out, closing included.
    for (const [count, expected] of [0, 2, 4, 5, 5].entries()) {
      assert.deepEqual(await cancelAfter(nested(file), count), { result: CANCELLED, performed: expected })
      assert.equal(countOpen(file), 0)
    }
    assert.deepEqual(await cancelAfter(nested(file), 5), { result: 10, performed: 6 })
  })
})

function runNow<T>(steps: Steps<T>): Promise<T> {
  return Promise.resolve(runSync(steps))
}

function runLater<T>(steps: Steps<T>): Promise<T> {
  return runAsync<T | undefined>(steps, new Int32Array(1), undefined) as Promise<T>
}

function* everyOperation(folder: string, path: string) {
  const fd = yield* openFile(path, fs.O_RDONLY)
  try {
    const into = new Uint8Array(10)
    const text = (size: number): string => Buffer.from(into.subarray(0, size)).toString('latin1')
    const first = text(yield* read(fd, into, 0, 3, null))
    const then = text(yield* read(fd, into, 0, 4, null))
    const again = text(yield* read(fd, into, 0, 10, 4))
    yield* read(fd, into, 0, 10, null)
    return {
      first, then, again,
      end: yield* read(fd, into, 0, 10, null),
      missing: yield* stat(`${path}-none`),
      there: yield* stat(path),
      uid: yield* owner(fd),
      names: yield* list(folder),
      unlisted: yield* list(path),
    }
  } finally {
    yield* closeFile(fd)
  }
}

function* mistaken(path: string): Steps<number> {
  const fd = yield* openFile(path, fs.O_RDONLY)
  try {
    return yield* read(fd, new Uint8Array(1), 0, 2, null)
  } finally {
    yield* closeFile(fd)
  }
}

/** Two files open at once, in a reader within a reader. */
function* nested(path: string): Steps<number> {
  const outer = yield* openFile(path, fs.O_RDONLY)
  try {
    yield* readFirst(path)
    return yield* read(outer, new Uint8Array(10), 0, 10, null)
  } finally {
    yield* closeFile(outer)
  }
}

function* readFirst(path: string): Steps<number> {
  const inner = yield* openFile(path, fs.O_RDONLY)
  try {
    return yield* read(inner, new Uint8Array(1), 0, 1, null)
  } finally {
    yield* closeFile(inner)
  }
}

/** Cancels a reader once it has got `count` answers. */
async function cancelAfter(steps: Steps<number>, count: number): Promise<{ result: number; performed: number }> {
  const cancel = new Int32Array([count === 0 ? 1 : 0])
  let performed = -1 // the first call of next() brings no answer
  const next = steps.next.bind(steps)
  steps.next = (...answer) => {
    performed += 1
    if (performed === count) cancel[0] = 1
    return next(...answer)
  }
  return { result: await runAsync(steps, cancel, CANCELLED), performed }
}

function countOpen(path: string): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return '' // the one that listed them
    }
  })
  return links.filter((link) => link === path).length
}
