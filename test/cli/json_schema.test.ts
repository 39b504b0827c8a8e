import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeTree } from '../fixtures/smem/make_tree.ts'
import { treeOf, type TreeName } from '../fixtures/smem/trees.ts'
import { frozenTree } from '../support/trees.ts'
import { runKept } from './support/in_process.ts'
import { Schema } from './support/schema.ts'

type Json = Readonly<Record<string, unknown>>

const TREES: readonly TreeName[] = ['plain', 'names', 'hostile', 'empty']
const VIEWS: readonly (readonly [table: string, ...args: string[]])[] = [
  ['mappings', '-m'], ['users', '-u'], ['users', '-u', '-n'], ['system', '-w'], ['tree', '--tree'],
  ...['user', 'program', 'cgroup', 'container', 'unit', 'tree', 'mapping'].map((by) => ['groups', '--by', by] as const),
]
/** What no machine shows at will. */
const EXCUSED = ['sample.skipped', 'doctor remedy.command', 'doctor remedy.effect', 'doctor remedy.warning', 'doctor example.pid', 'doctor example.uid']

describe('JSON', function () {
  this.timeout(1000 * 60)
  const schema = new Schema(new URL('../../docs/json.md', import.meta.url))
  const roots = new Map<TreeName, string>()

  before(() => {
    for (const name of TREES) {
      const root = mkdtempSync(join(tmpdir(), 'smem-ts-json-'))
      writeTree(root, treeOf(name))
      roots.set(name, root)
    }
  })

  after(() => {
    for (const root of roots.values()) rmSync(root, { recursive: true, force: true })
  })

  async function documentsOf(...args: string[]): Promise<Json[]> {
    const { code, stdout, notes } = await runKept(...args)
    assert.ok(code === 0 || (args[0] === 'doctor' && code === 3), `${args.join(' ')}: ${notes.join('\n')}`)
    return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Json)
  }

  async function documentOf(...args: string[]): Promise<Json> {
    const documents = await documentsOf(...args)
    assert.equal(documents.length, 1)
    return documents[0] ?? {}
  }

  function root(name: TreeName): string {
    return roots.get(name) ?? ''
  }

  it('of the listing is as documented', async () => {
    for (const name of TREES) {
      schema.check(await documentOf('--json', '-S', root(name)), 'snapshot')
      for (const line of await documentsOf('--ndjson', '-S', root(name))) schema.check(line, 'process line')
    }
    schema.check(await documentOf('--json', '-M', '.'), 'snapshot')
  })

  it('of the other views is as documented', async () => {
    for (const [table, ...args] of VIEWS) {
      for (const name of TREES) {
        const document = await documentOf('--json', ...args, '-S', root(name))
        schema.check(document, 'view')
        assert.equal(document['type'], table)
        for (const row of document['rows'] as Json[]) schema.check(row, `${table} row`)
        const lines = await documentsOf('--ndjson', ...args, '-S', root(name))
        assert.deepEqual(lines, (document['rows'] as Json[]).map((row) => ({ schema: 1, type: table, ...row })))
      }
    }
  })

  it('has null and a reason for what could not be read, and null alone for what the kernel lacks', async () => {
    const { processes } = await documentOf('--json', '-S', root('plain')) as { processes: Json[] }
    for (const { pid, usage, unavailable } of processes) assert.notEqual(usage === null, unavailable === null, String(pid))
    assert.ok(processes.some(({ usage }) => usage === null))
    // smaps has no Pss_Anon.
    const figures = processes.map(({ usage }) => (usage as Json | null)?.['pssAnon']).filter((figure) => figure !== undefined)
    assert.deepEqual([...new Set(figures)], [null])
  })

  it('says null where a capture does not tell the time', async () => {
    assert.equal((await documentOf('--json', '-S', root('plain')))['takenAt'], null)
  })

  it('of records is as documented', async () => {
    const pid = String(process.pid)
    const lines = await documentsOf('record', '-o', '-', '--every', '10ms', '--for', '20ms', '--pid', pid, '--mappings')
    const [header, ...samples] = lines
    schema.check(header, 'record header')
    assert.ok(samples.length > 0)
    for (const sample of samples) schema.check(sample, 'sample')
    const unread = await documentsOf('record', '-o', '-', '--every', '10ms', '--for', '0ms', '--pid', pid, '--max-rss', '1K')
    schema.check(unread[1], 'sample')
    assert.equal((unread[1]?.['processes'] as Json[])[0]?.['usage'], null)
  })

  it('of differences is as documented', async () => {
    for (const by of ['process', 'program', 'mapping']) {
      const document = await documentOf('diff', '--json', '--all', '--by', by, root('plain'), root('names'))
      schema.check(document, 'diff')
      assert.ok((document['rows'] as Json[]).length > 0)
    }
    schema.check(await documentOf('diff', '--json', root('empty'), root('plain')), 'diff')
  })

  it('of one process is as documented', async () => {
    for (const tree of ['linux-6.18', 'linux-4.4'] as const) {
      schema.check(await documentOf('maps', '--json', '--proc', frozenTree(tree), '812'), 'maps')
      schema.check(await documentOf('maps', '--json', '--all', '--with', '--proc', frozenTree(tree), '812'), 'maps')
    }
    schema.check(await documentOf('maps', '--json', '--with', '-n', '2', 'self'), 'maps')
  })

  it('of the doctor is as documented', async () => {
    schema.check(await documentOf('doctor', '--json'), 'doctor')
  })

  it('has every field that docs/json.md names', () => {
    // watch.test.ts sees to those of a watch.
    assert.deepEqual(schema.unseen(EXCUSED).filter((field) => !field.startsWith('watch ')), [])
  })
})
