import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { readSmaps, support, type Support } from '../../src/index.ts'
import { FIELD_TABLE } from '../../src/native/index.ts'
import { evaluate } from '../support/run_script.ts'
import { skip } from '../support/skip.ts'

const NOBODY = 65534

describe('what can be read here', () => {
  it('is this machine, kernel and user', () => {
    const { platform, supported, backend, backendReason, kernel, privileges } = support()
    assert.equal(platform, process.platform)
    assert.equal(supported, true)
    const wanted = process.env['SMEM_TS_BACKEND'] === 'typescript' ? 'typescript' : 'native'
    assert.equal(backend, wanted)
    assert.equal(backendReason, wanted === 'native' ? undefined : 'SMEM_TS_BACKEND=typescript asks for it')
    assert.equal(kernel?.release, release())
    assert.equal(kernel.smaps, existsSync('/proc/self/smaps'))
    assert.equal(kernel.rollup, existsSync('/proc/self/smaps_rollup'))
    assert.equal(privileges?.uid, process.geteuid?.())
    assert.equal(privileges?.root, process.geteuid?.() === 0)
  })

  it('are the figures that readings have', () => {
    const { kernel } = support()
    const has = { ...readSmaps(process.pid, { source: 'smaps' }) } as Record<string, unknown>
    for (const [name, value] of Object.entries(readSmaps())) if (value !== undefined) has[name] = value
    assert.deepEqual(kernel?.fields, FIELD_TABLE.map(([name]) => name).filter((name) => has[name] !== undefined))
    assert.equal(kernel?.pss, has['pss'] !== undefined)
  })

  it('are the capabilities that the kernel says we have', () => {
    const effective = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`)
    const { privileges } = support()
    assert.equal(privileges?.capSysPtrace, (effective >> 19n) % 2n === 1n)
    assert.equal(privileges?.capPerfmon, (effective >> 38n) % 2n === 1n)
  })

  it('changes when a process gives its privileges up', async function () {
    if (process.geteuid?.() !== 0) skip(this, 'only root has privileges to give up')
    const { kernel, privileges } = await evaluate<Support>(`
      import { support } from './src/index.ts'
      support()
      process.setgid(${NOBODY})
      process.setuid(${NOBODY})
      report(support())
    `)
    assert.deepEqual({ ...privileges, hidepid: null }, {
      uid: NOBODY, root: false, capSysPtrace: false, capPerfmon: false, hidepid: null,
    })
    assert.ok(kernel !== undefined && kernel.fields.length > 0, 'a process may always read itself')
  })
})

describe('the choice of a backend', () => {
  const ask = (env: string): Promise<Support> =>
    evaluate<Support>("import { support } from './src/index.ts'; report(support())", { env: { SMEM_TS_BACKEND: env } })

  it('is the addon when it is asked for, or nothing is', async () => {
    for (const result of await Promise.all([ask('native'), ask('')])) {
      assert.deepEqual([result.backend, result.backendReason], ['native', undefined])
    }
  })

  it('is TypeScript when it is asked for', async () => {
    const result = await ask('typescript')
    assert.deepEqual([result.backend, result.backendReason], ['typescript', 'SMEM_TS_BACKEND=typescript asks for it'])
  })

  it('fails where the addon is asked for and does not fit', async () => {
    const message = await evaluate<string>(`
      import { readSmaps } from './src/index.ts'
      try { readSmaps() } catch (error) { report(error.message) }
    `, { env: { SMEM_TS_BACKEND: 'native', SMEM_TS_PREBUILD: '/nonexistent' } })
    assert.match(message, /^No native build was found for platform=/)
  })

  it('is a mistake when it is neither', async () => {
    const errors = await evaluate<readonly string[]>(`
      import { readSmaps, scanProcesses, support } from './src/index.ts'
      report([readSmaps, scanProcesses, support].map((call) => {
        try { call() } catch (error) { return error.name + ': ' + error.message }
      }))
    `, { env: { SMEM_TS_BACKEND: 'nativ' } })
    assert.deepEqual(new Set(errors),
      new Set(["TypeError: SMEM_TS_BACKEND must be 'native' or 'typescript', got 'nativ'"]))
  })

  it('is TypeScript, and the reason is told, where no addon fits', async () => {
    // node-gyp-build looks here instead of in the package's own folder.
    const result = await evaluate<Support>(`
      import { readSmaps, support } from './src/index.ts'
      readSmaps()
      report(support())
    `, { env: { SMEM_TS_BACKEND: '', SMEM_TS_PREBUILD: '/nonexistent' } })
    assert.equal(result.backend, 'typescript')
    assert.match(result.backendReason ?? '', /^no addon could be loaded: No native build was found for platform=/)
  })
})

describe('a platform without /proc/PID/smaps', () => {
  it('imports the package, learns that it is not supported, and why from every call', async () => {
    const result = await evaluate<{ readonly support: Support,
      readonly errors: readonly { code?: string, message?: string }[] }>(`
      Object.defineProperty(process, 'platform', { value: 'darwin' })
      const { openProcess, readMappings, readSmaps, readSmapsInto, scanProcesses, support,
        Field } = await import('./src/index.ts')
      const promises = await import('./src/promises.ts')
      const calls = [
        () => readSmaps(), () => readSmapsInto(new Float64Array(Field.length)), () => readMappings(),
          () => openProcess(1),
        () => scanProcesses(), () => scanProcesses({ filter: () => true }),
        () => promises.readSmaps(), () => promises.readMappings(), () => promises.scanProcesses(),
      ]
      const errors = []
      for (const call of calls) {
        try { await call(); errors.push({}) } catch (error) { errors.push({ code: error.code,
          message: error.message }) }
      }
      report({ support: support(), errors })
    `)
    const message = 'smem-ts reads /proc/PID/smaps, which only Linux has; this is darwin'
    assert.deepEqual(result.errors, Array.from({ length: 9 }, () => ({ code: 'ERR_UNSUPPORTED_PLATFORM', message })))
    assert.deepEqual(result.support, { platform: 'darwin', supported: false, backendReason: message })
  })
})
