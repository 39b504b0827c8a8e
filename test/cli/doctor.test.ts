import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Context } from 'mocha'
import type { Access, Finding } from '../../src/system/index.ts'
import { start, stopPrograms } from '../support/programs.ts'
import { skip } from '../support/skip.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RUNNER = fileURLToPath(new URL('support/command_runner.ts', import.meta.url))
const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups']
const DEADLINE_MS = 1000 * 50

interface Report {
  readonly code: number
  readonly schema: number
  readonly type: string
  readonly complete: boolean
  readonly access: Access
  readonly findings: readonly Finding[]
}

/** What `doctor --json` says, run by these words. */
async function doctor(node: string, ...prefix: readonly string[]): Promise<Report> {
  const [command = '', ...args] = [...prefix, node, '--import', 'tsx', RUNNER, 'doctor', '--json']
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS'))
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { cwd: ROOT, env, timeout: DEADLINE_MS }, (error, stdout, stderr) => {
      try {
        const report = JSON.parse(stdout) as Omit<Report, 'code'>
        resolve({ ...report, code: child.exitCode ?? -1 })
      } catch {
        reject(new Error(`doctor printed no JSON: ${stdout}${stderr}${error?.message ?? ''}`))
      }
    })
  })
}

function needRoot(test: Context): void {
  if (process.geteuid?.() !== 0) skip(test, 'only root can become another user and grant capabilities')
  if (spawnSync('setpriv', ['--version']).error !== undefined) skip(test, 'setpriv (util-linux) is not installed')
  const readsItself = spawnSync('setpriv', [...NOBODY, process.execPath, '-e', `require('fs').readFileSync(${JSON.stringify(RUNNER)})`])
  if (readsItself.status !== 0) skip(test, 'uid 65534 may not read this checkout, or not run this node')
}

describe('smem-ts doctor', function () {
  this.timeout(1000 * 60)
  afterEach(stopPrograms)

  it('tries every process, and its exit code says whether all can be read', async () => {
    const { code, schema, type, complete, access, findings } = await doctor(process.execPath)
    assert.deepEqual([schema, type], [1, 'doctor'])
    assert.equal(code, complete ? 0 : 3)
    assert.equal(complete, !findings.some(({ level }) => level === 'problem'))
    assert.ok(access.processes >= 1 && access.readable >= 1 && access.readable <= access.processes)
    assert.equal(access.readable === access.processes, access.example === null)
  })

  it('prints a line a finding', async () => {
    const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', RUNNER, 'doctor'], { cwd: ROOT, encoding: 'utf8' })
    assert.match(stdout, /^(?:ok {6}|problem )(?:all )?\d+ /)
    for (const line of stdout.trimEnd().split('\n')) assert.match(line, /^(?:(?:ok {6}|note {4}|problem )\S| {10}(?:\$ | {2})\S)/)
  })

  it('sees as an unprivileged user that others cannot be read, and what would help', async function () {
    needRoot(this)
    await start('steady')
    const { code, complete, access, findings } = await doctor(process.execPath, 'setpriv', ...NOBODY)
    assert.deepEqual([code, complete], [3, false])
    assert.ok(access.others >= 1 && access.othersReadable < access.others && access.unreadRss > 0)
    const remedies = findings.find(({ id }) => id === 'access')?.remedies ?? []
    assert.ok(remedies.length >= 1, JSON.stringify(findings))
  })

  for (const [capability, needed] of [['cap_sys_ptrace', 'always'], ['cap_perfmon', 'since Linux 6.15']] as const) {
    it(`sees that ${capability} on a copy of node reads other users' processes (${needed})`, async function () {
      needRoot(this)
      const folder = mkdtempSync(join(tmpdir(), 'smem-ts-doctor-'))
      try {
        const copy = join(folder, 'node')
        chmodSync(folder, 0o755)
        copyFileSync(process.execPath, copy)
        const granted = spawnSync('setcap', [`${capability}+ep`, copy], { encoding: 'utf8' })
        if (granted.error !== undefined) skip(this, 'setcap (libcap2-bin) is not installed')
        if (granted.status !== 0) skip(this, `setcap failed here: ${granted.stderr.trim()}`)
        const { pid } = await start('steady')
        const code = `try { require('fs').readFileSync('/proc/${pid}/smaps_rollup'); console.log('read') } catch (error) { console.log(error.code) }`
        const run = (node: string): string => spawnSync('setpriv', [...NOBODY, node, '-e', code], { encoding: 'utf8' }).stdout.trim()
        assert.equal(run(process.execPath), 'EACCES')
        const outcome = run(copy)
        if (outcome === '') skip(this, 'the copy cannot be run here: the file system is mounted with noexec, or a sandbox forbids it')
        const { access, findings } = await doctor(copy, 'setpriv', ...NOBODY)
        const text = findings.find(({ id }) => id === 'capabilities')?.text ?? ''
        if (outcome === 'EACCES' && !text.includes(capability.toUpperCase())) skip(this, 'file capabilities have no effect here (nosuid)')
        if (outcome === 'EACCES' && capability === 'cap_perfmon') {
          assert.match(text, /does not take for smaps/)
          skip(this, 'this kernel does not take CAP_PERFMON for smaps')
        }
        assert.equal(outcome, 'read')
        assert.ok(text.includes(capability.toUpperCase()), text)
        assert.ok(access.othersReadable >= 1, JSON.stringify(access))
        assert.deepEqual(findings.find(({ id }) => id === 'access')?.remedies, [])
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  }

  it('sees that the ambient CAP_SYS_PTRACE of a service reads them too', async function () {
    needRoot(this)
    await start('steady')
    const grant = [...NOBODY, '--inh-caps', '+sys_ptrace', '--ambient-caps', '+sys_ptrace']
    if (spawnSync('setpriv', [...grant, 'true']).status !== 0) skip(this, 'this root cannot hand CAP_SYS_PTRACE on')
    const { access } = await doctor(process.execPath, 'setpriv', ...grant)
    assert.ok(access.othersReadable >= 1, JSON.stringify(access))
  })

  it('says that processes are hidden by hidepid', async function () {
    needRoot(this)
    const script = 'mount -t proc -o hidepid=invisible proc /proc && exec "$@"'
    const unshare = ['unshare', '--mount', 'sh', '-c', script, 'sh']
    if (spawnSync('unshare', [...unshare.slice(1), 'true']).status !== 0) skip(this, 'this root cannot mount a /proc of its own')
    const { code, findings } = await doctor(process.execPath, ...unshare, 'setpriv', ...NOBODY)
    assert.equal(findings.find(({ id }) => id === 'hidepid')?.level, 'problem')
    assert.equal(code, 3)
  })

  it('to a reader that goes away ends quietly', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', RUNNER, 'doctor'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const code = await new Promise((resolve) => child.once('close', resolve))
    assert.equal(stderr.replace(/^npm warn.*\n/m, ''), '')
    assert.ok(code === 0 || code === 3)
  })
})
