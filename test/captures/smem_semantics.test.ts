import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openFileSource, readSnapshot, type CapturedProcess } from '../../src/captures/index.ts'
import { captureOf } from '../fixtures/smem/make_capture.ts'
import { writeTree } from '../fixtures/smem/make_tree.ts'
import { TREE_NAMES, treeOf, USER_NAMES, type ProcessSpec, type TreeName } from '../fixtures/smem/trees.ts'
import { snapshotOf } from '../report/support/snapshot.ts'

type Form = 'directory' | 'archive' | 'compressed archive' | 'archive with names'

const FORMS: readonly Form[] = ['directory', 'archive', 'compressed archive', 'archive with names']

describe('a copy of /proc', () => {
  let directory = ''

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'smem-ts-semantics-'))
  })

  after(() => rmSync(directory, { recursive: true }))

  for (const name of TREE_NAMES) {
    for (const form of FORMS) {
      it(`gives smem's views what smem reads itself: ${name}, as ${form}`, async () => {
        using source = await openFileSource(write(name, form))
        const options = { smemMappings: true, groups: true }
        const { processes } = readSnapshot(source, form === 'directory' ? { ...options, userNames: USER_NAMES } : options)
        const model = snapshotOf(form === 'directory' ? name : form === 'archive with names' ? `${name}.named.tar` : `${name}.tar`)
        assert.deepEqual(source.pids, treeOf(name).processes.map(({ pid }) => pid).sort((a, b) => a - b))
        for (const spec of treeOf(name).processes) {
          const process = processes.find(({ pid }) => pid === spec.pid)
          const expected = model.processes.find(({ pid }) => pid === spec.pid)
          assert.ok(process !== undefined && expected !== undefined)
          if (isOurWay(spec)) continue
          assert.deepEqual(process.smemMappings, expected.mappings, `mappings of ${spec.pid}`)
          assert.equal(process.commandLine?.join(' '), expected.command, `command of ${spec.pid}`)
          if (form !== 'directory' || globalThis.process.getuid?.() === 0) assert.equal(process.user, expected.user)
          if (!spec.comm.includes(')') && !spec.comm.includes('\r')) assert.equal(process.comm, expected.comm)
          checkSums(process)
        }
      })
    }
  }

  function write(name: TreeName, form: Form): string {
    const path = join(directory, `${name}-${form.replaceAll(' ', '-')}`)
    if (form === 'directory') writeTree(path, treeOf(name))
    else if (form === 'compressed archive') writeFileSync(path, gzipSync(captureOf(treeOf(name))))
    else writeFileSync(path, captureOf(treeOf(name), form === 'archive' ? {} : { names: USER_NAMES }))
    return path
  }
})

/** Where smem loses a process, a letter or a name, on purpose or not, we do not. */
function isOurWay({ cmdline, comm, smaps, mappings }: ProcessSpec): boolean {
  const text = typeof cmdline === 'string' ? cmdline : Buffer.from(cmdline).toString('latin1')
  const isOdd = /[\r\f\x1e\u2028\u2029]|in kB$/.test(mappings.map(({ path }) => path ?? '').join(''))
  return smaps !== undefined || isOdd || typeof cmdline !== 'string' || !/[^\0]\0$/.test(text) || /\r/.test(text + comm)
}

function checkSums({ usage, smemMappings = [], mappings = [], unavailable }: CapturedProcess): void {
  if (usage === null) {
    assert.equal(unavailable?.code, 'ERR_NO_ADDRESS_SPACE')
    return
  }
  const sum = (figures: readonly (number | undefined)[]): number => (
    figures.reduce<number>((total, value) => total + (value ?? NaN), 0))
  assert.equal(usage.pss, 1024 * sum(smemMappings.map(({ pss }) => pss)))
  assert.equal(usage.pss, sum(mappings.map((group) => group.usage.pss)))
  assert.equal(usage.uss, 1024 * sum(smemMappings.map((mapping) => mapping.privateClean + mapping.privateDirty)))
  assert.equal(usage.mappings, smemMappings.length)
  assert.equal(usage.mappings, sum(mappings.map((group) => group.usage.mappings)))
}

