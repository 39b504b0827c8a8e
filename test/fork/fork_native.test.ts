import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isGlibc, SANITIZED } from '../procfs/native/build.ts'
import { skip } from '../support/skip.ts'
import { needsForks } from './support/run_program.ts'

const NATIVE = fileURLToPath(new URL('../../src-native/', import.meta.url))
const PROGRAM = fileURLToPath(new URL('native/fork_check.cc', import.meta.url))
const BUILD_MS = 1000 * 120
const RUN_MS = 1000 * 100

describe('the C++ of forking, under sanitizers and without Node', () => {
  let folder: string

  before(function () {
    if (!isGlibc()) skip(this, 'forking needs glibc')
    needsForks(this)
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-fork-check-'))
  })
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  it('takes along threads that allocate, wait, read, hold locks, and come and go', async function () {
    this.timeout(BUILD_MS + RUN_MS)
    const sources = readdirSync(join(NATIVE, 'fork')).filter((name) => name.endsWith('.cc')).map((name) => join(NATIVE, 'fork', name))
    const binary = join(folder, 'fork_check')
    const flags = ['-std=c++17', '-fno-exceptions', '-fno-rtti', '-Wall', '-Wextra', '-Werror', '-pthread', `-I${NATIVE}`, ...SANITIZED]
    await promisify(execFile)(process.env['CXX'] ?? 'g++', [...flags, PROGRAM, ...sources, '-o', binary], { timeout: BUILD_MS })
    const { stdout } = await promisify(execFile)(binary, { timeout: RUN_MS, killSignal: 'SIGKILL' })
    assert.equal(stdout, 'good=40 of=40 parent=1\n')
  })
})
