import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { readCapture } from '../../src/captures/index.ts'
import { TemporaryDirectory } from '../captures/support.ts'
import { waitFor } from '../support/wait_for.ts'
import { runCommand, startCommand } from './support/run_command.ts'

interface Line {
  readonly type: string
  readonly schema?: number
  readonly takenAt?: number
  readonly processes?: { pid: number, usage: { pss: number } | null, mappings?: unknown[] }[]
}

const ONLY_US = ['--pid', String(process.pid)]

describe('smem-ts record', function () {
  this.timeout(1000 * 60)
  let files: TemporaryDirectory

  beforeEach(() => {
    files = new TemporaryDirectory()
  })

  afterEach(() => files[Symbol.dispose]())

  function linesOf(path: string): Line[] {
    const text = readFileSync(path, 'utf8')
    assert.ok(text.endsWith('\n'))
    return text.trimEnd().split('\n').map((line) => JSON.parse(line) as Line)
  }

  function sizeOf(path: string): number {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0
  }

  it('writes a header and the samples of the time it was given', async () => {
    const path = files.at('r')
    const { code, stdout, stderr } = await runCommand('record', ['-o', path, '--every', '50ms', '--for', '100ms', ...ONLY_US])
    assert.deepEqual([code, stdout], [0, ''])
    assert.match(stderr, /wrote \d samples? to /)
    const [header, ...samples] = linesOf(path)
    assert.deepEqual([header?.schema, header?.type], [1, 'record'])
    assert.ok(samples.length >= 1 && samples.length <= 3)
    for (const { type, processes } of samples) {
      assert.equal(type, 'sample')
      assert.deepEqual(processes?.map(({ pid }) => pid), [process.pid])
      assert.ok((processes?.[0]?.usage?.pss ?? 0) > 0)
    }
  })

  it('has mappings when it is asked for them', async () => {
    await runCommand('record', ['-o', files.at('r'), '--for', '0s', '--mappings', ...ONLY_US])
    const [, sample] = linesOf(files.at('r'))
    assert.ok((sample?.processes?.[0]?.mappings?.length ?? 0) > 10)
  })

  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    it(`ends well after ${signal}, with whole lines`, async () => {
      const path = files.at('r')
      const { child, ended } = startCommand('record', ['-o', path, '--every', '20ms'])
      await waitFor(() => sizeOf(path) > 5000, 20_000, 'a first sample is written')
      child.kill(signal)
      const { code, stderr } = await ended
      assert.equal(code, 0, stderr)
      assert.match(stderr, /wrote \d+ samples? to/)
      assert.ok(linesOf(path).length >= 2)
    })
  }

  it('goes on after it was killed at any moment, and diff reads what there is', async () => {
    const path = files.at('r')
    for (let round = 0; round < 3; round++) {
      const before = sizeOf(path)
      const { child, ended } = startCommand('record', ['-o', path, '--every', '10ms'])
      await waitFor(() => sizeOf(path) > before + 20_000, 20_000, 'samples are written')
      child.kill('SIGKILL')
      assert.equal((await ended).signal, 'SIGKILL')
      const { problems } = await readCapture(path)
      assert.ok(problems.length <= 1, problems.join())
    }
    // What a machine that lost its power leaves.
    truncateSync(path, sizeOf(path) - 10)
    const resumed = await runCommand('record', ['-o', path, '--for', '0s'])
    assert.equal(resumed.code, 0)
    assert.match(resumed.stderr, /cut \d+ bytes of an unfinished line off/)
    assert.equal(linesOf(path).filter(({ type }) => type === 'record').length, 4)
    const { code, stderr } = await runCommand('diff', [path])
    assert.equal(code, 0, stderr)
  })

  it('on a full disk ends with code 1', async () => {
    const { code, stderr } = await runCommand('record', ['-o', '/dev/full', '--for', '0s'])
    assert.equal(code, 1)
    assert.match(stderr, /ENOSPC/)
  })

  it('to a reader that goes away ends quietly', async () => {
    const { child, ended } = startCommand('record', ['-o', '-', '--every', '20ms'])
    child.stdout?.once('data', () => child.stdout?.destroy())
    const { code, stderr } = await ended
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('says which processes do not exist, and records nothing when none does', async () => {
    const path = files.at('r')
    const none = await runCommand('record', ['-o', path, '--for', '0s', '--pid', '4194302,4194303'])
    assert.deepEqual([none.code, none.stderr], [1, 'smem-ts: processes 4194302, 4194303 do not exist: nothing was recorded\n'])
    assert.deepEqual(readdirSync(files.path), [])
    const some = await runCommand('record', ['-o', path, '--for', '0s', '--pid', `4194303,${process.pid}`])
    assert.equal(some.code, 0)
    assert.match(some.stderr, /^smem-ts: process 4194303 does not exist\nsmem-ts: wrote 1 sample/)
  })

  it('waits for processes that match', async () => {
    const { code, stderr } = await runCommand('record', ['-o', files.at('r'), '--for', '0s', '--match', 'no-such-name-anywhere'])
    assert.deepEqual([code, linesOf(files.at('r'))[1]?.processes], [0, []])
    assert.doesNotMatch(stderr, /exist/)
  })

  it('writes to standard output, and to no file of the name -', async () => {
    const { code, stdout, stderr } = await runCommand('record', ['-o', '-', '--for', '0s', ...ONLY_US])
    assert.deepEqual([code, stdout.trimEnd().split('\n').map((line) => (JSON.parse(line) as Line).type)], [0, ['record', 'sample']])
    assert.match(stderr, /wrote 1 sample to standard output/)
    assert.equal(existsSync('-'), false)
  })

  it('leaves a file alone that is no record', async () => {
    const path = files.write('precious', 'data')
    assert.equal((await runCommand('record', ['-o', path, '--for', '0s'])).code, 1)
    assert.equal(readFileSync(path, 'utf8'), 'data')
  })

  it('refuses what it does not understand with code 2', async () => {
    const path = files.at('r')
    const wrong = [['-o', ''], ['--pid', ','], ['--every', '0s'], ['--for', 'ever'], ['--match', '['], ['x']]
    for (const args of [[], ...wrong.map((words) => ['-o', path, ...words])]) {
      assert.equal((await runCommand('record', args)).code, 2, args.join(' '))
    }
    assert.equal(sizeOf(path), 0)
  })
})
