import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BUILD_HOOK_TIMEOUT_MS, buildProgram, PRESSURE_CHECK } from '../procfs/native/build.ts'

const RUN_TIMEOUT_MS = 1000 * 30
const { ECONNREFUSED, ENOENT, EINVAL, EOPNOTSUPP, ESRCH } = constants.errno
/** Of enum PressureState. */
const NOTHING = 0
const EVENT = 1
const ENDED = 2

const EXPECTED = {
  'fifo-open': 0, 'fifo-nothing': NOTHING, 'fifo-written': 3 * 4096 + 1, 'fifo-event': EVENT, 'fifo-drained': NOTHING,
  'socket-refused': ECONNREFUSED, 'socket-open': 0, 'socket-received': 5, 'socket-sent': 1, 'socket-event': EVENT, 'socket-ended': ENDED,
  'counter-no-control': ENOENT, 'counter-no-file': ENOENT, 'counter-too-long': EINVAL, 'counter-open': 0, 'counter-nothing': NOTHING,
  'counter-event': EVENT, 'counter-count': 7, 'counter-ended': ENDED,
  'trigger-plain': EOPNOTSUPP, 'trigger-plain-size': 0, 'trigger-nothing': ENOENT, 'trigger-open': 0,
  'signal-child': 0, 'signal-other': ESRCH, 'signal-zero': 0, 'signal-bad': EINVAL, 'signal-kill': 0, 'signal-status': 9, 'signal-gone': ESRCH,
}

describe('the C++ of pressure and signals, under sanitizers', () => {
  let program: string
  let folder: string

  before('build the program', async function () {
    this.timeout(BUILD_HOOK_TIMEOUT_MS)
    program = await buildProgram(PRESSURE_CHECK)
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-check-'))
  })
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  it('answers every way as it should, and makes no error', async () => {
    const { stdout } = await promisify(execFile)(program, [folder], { timeout: RUN_TIMEOUT_MS })
    const answers = stdout.trimEnd().split('\n').map((line) => line.split('='))
    assert.deepEqual(Object.fromEntries(answers.map(([name, value]) => [name, Number(value)])), EXPECTED)
  })
})
