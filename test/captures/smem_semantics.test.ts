import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openTree, readSnapshot, type FileSource } from '../../src/captures/index.ts'
import { openByteInput } from '../../src/captures/byte_input.ts'
import { openTar } from '../../src/captures/tar_source.ts'
import type { SnapshotProcess } from '../../src/processes/index.ts'
import { toSmemProcesses, type SmemMapping } from '../../src/report/smem/index.ts'
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
        using source = await open(write(name, form), form)
        const userNames = form === 'directory' ? { userNames: USER_NAMES } : {}
        const { processes } = readSnapshot(source, { groups: true, ...userNames })
        const model = snapshotOf(form === 'directory' ? name : form === 'archive with names' ? `${name}.named.tar` : `${name}.tar`)
        assert.deepEqual(source.pids, treeOf(name).processes.map(({ pid }) => pid).sort((a, b) => a - b))
        for (const spec of treeOf(name).processes) {
          const process = processes.find(({ pid }) => pid === spec.pid)
          const expected = model.processes.find(({ pid }) => pid === spec.pid)
          assert.ok(process !== undefined && expected !== undefined)
          if (isOurWay(spec)) continue
          const [shown] = toSmemProcesses([process])
          assert.deepEqual(sumsByName(shown?.mappings ?? []), sumsByName(expected.mappings), `mappings of ${spec.pid}`)
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

async function open(path: string, form: Form): Promise<FileSource> {
  return form === 'directory' ? openTree(path) : openTar(openByteInput(path), path)
}

/** smem sums mappings of one name; figures that this kernel does not have are 0 to it. */
function sumsByName(mappings: readonly SmemMapping[]): Record<string, Record<string, number>> {
  const sums: Record<string, Record<string, number>> = {}
  for (const { name, count = 1, ...figures } of mappings) {
    const of = sums[name] ??= {}
    for (const [figure, value] of Object.entries({ count, ...figures })) of[figure] = (of[figure] ?? 0) + (value || 0)
  }
  return sums
}

function checkSums({ usage, mappings = [], unavailable }: SnapshotProcess): void {
  if (usage === null) {
    assert.equal(unavailable?.code, 'ERR_NO_ADDRESS_SPACE')
    return
  }
  const sum = (figures: readonly (number | undefined)[]): number => (
    figures.reduce<number>((total, value) => total + (value ?? NaN), 0))
  assert.equal(usage.pss, sum(mappings.map((group) => group.usage.pss)))
  assert.equal(usage.uss, sum(mappings.map((group) => group.usage.uss)))
  assert.equal(usage.mappings, sum(mappings.map((group) => group.usage.mappings)))
}
