import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readMappings, readSmaps, scanProcesses, type Mapping } from '../../src/index.ts'
import { FIELD_TABLE } from '../../src/native/index.ts'
import { sumWithAwk } from '../support/awk.ts'
import { compile, start, startBinary, stopPrograms, suspend, type Started } from '../support/programs.ts'

interface HostileFile {
  readonly what: string
  readonly name: string | Buffer
  /** Removed after it was mapped. */
  readonly removed?: boolean
  /** As the kernel shows it, when that is not its name. */
  readonly shown?: string
  /** A file of its name with ' (deleted)' exists too. */
  readonly decoy?: boolean
}

const FILES: readonly HostileFile[] = [
  { what: "ends as a figure's line does", name: '5 kB' },
  { what: 'looks like a figure', name: 'Pss: 5 kB' },
  { what: 'looks like a figure behind a newline', name: 'a\nPss:                 5 kB',
    shown: 'a\\012Pss:                 5 kB' },
  { what: 'looks like a mapping', name: '00400000-00500000 rw-p 00000000 00:00 0 [heap]' },
  { what: 'looks like a mapping behind a newline', name: 'a\n00400000-00500000 rw-p 00000000 00:00 0 ',
    shown: 'a\\01200400000-00500000 rw-p 00000000 00:00 0 ' },
  { what: 'holds a form feed', name: 'form\ffeed' },
  { what: 'ends in a form feed', name: 'feed\f' },
  { what: 'holds a carriage return', name: 'carriage\rreturn' },
  { what: 'holds an escape sequence', name: '\x1b[31mred\x1b[0m' },
  { what: 'holds a next-line character', name: Buffer.from([0x61, 0xc2, 0x85, 0x62]) },
  { what: 'holds a line separator', name: 'line\u2028separator' },
  { what: 'holds vertical tab, file separator and tab', name: '\v\x1c\t' },
  { what: 'is no UTF-8', name: Buffer.from([0x62, 0x61, 0x64, 0xff, 0xfe]), shown: 'bad\ufffd\ufffd' },
  { what: 'holds a replacement character of its own', name: 'a \ufffd b' },
  { what: 'begins and ends in spaces', name: '  spaces  ' },
  { what: 'is only a newline', name: '\n', shown: '\\012' },
  { what: 'is as long as a name may be', name: 'x'.repeat(255) },
  { what: 'ends in (deleted) and exists', name: 'there (deleted)' },
  { what: 'ends in (deleted) behind a newline and exists', name: 'there\ntoo (deleted)',
    shown: 'there\\012too (deleted)' },
  { what: 'ends in (deleted), is no UTF-8 and exists', name: Buffer.from('\xff (deleted)', 'latin1'),
    shown: '\ufffd (deleted)' },
  { what: 'was removed', name: 'removed', removed: true, shown: 'removed (deleted)' },
  { what: 'was removed, and had a newline', name: 're\nmoved', removed: true, shown: 're\\012moved (deleted)' },
  { what: 'ended in (deleted) and was removed', name: 'gone (deleted)', removed: true,
    shown: 'gone (deleted) (deleted)' },
  { what: 'was removed, and is now called as another file', name: 'decoy', removed: true, shown: 'decoy (deleted)',
    decoy: true },
]

describe('a process that maps files of hostile names', () => {
  let folder: string
  let program: Started
  let mappings: readonly Mapping[]
  const byAddress = (address: string): Mapping | undefined =>
    mappings.find(({ start }) => start === BigInt(`0x${address}`))

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'smem-ts-hostile-')))
    const args = FILES.map(({ name, removed }) =>
      `${removed ? 'unlink' : 'keep'}:${Buffer.from(name as string).toString('hex')}`)
    program = await startBinary(await compile('map_files'), [folder, ...args], FILES.length + 1)
    for (const { name, decoy } of FILES) if (decoy) writeFileSync(join(folder, `${name.toString()} (deleted)`), '')
    await suspend(program)
    mappings = readMappings(program.pid)
  })

  after(async () => {
    await stopPrograms()
    rmSync(folder, { recursive: true })
  })

  for (const [index, { what, name, removed = false, shown }] of FILES.entries()) {
    it(`shows the one that ${what}`, () => {
      const mapping = byAddress(program.lines[index] ?? '') ?? assert.fail('the mapping is missing')
      const path = shown ?? name.toString()
      assert.equal(mapping.path, `${folder}/${path}`)
      const raw = typeof name === 'string' || name.toString().includes('\ufffd') === false
        ? undefined
        : Uint8Array.from([...Buffer.from(`${folder}/`), ...name])
      assert.deepEqual(mapping.rawPath, raw)
      assert.equal(mapping.usage.privateDirty, mapping.usage.size)
      assert.deepEqual([mapping.perms, mapping.offset], ['rw-p', 0n])
      assert.equal(mapping.deleted, removed, `deleted is ${mapping.deleted}`)
    })
  }

  it('has the totals that awk sums by name', async () => {
    for (const source of ['smaps', 'rollup'] as const) {
      const usage = { ...readSmaps(program.pid, { source }) } as Record<string, unknown>
      const awk = await sumWithAwk(`/proc/${program.pid}/${source === 'rollup' ? 'smaps_rollup' : 'smaps'}`)
      for (const [property, kernelName] of FIELD_TABLE) {
        // The program is linked like all others of these tests: its clean pages may be shared with another one's.
        if (kernelName === '' || /Pss|Shared|Private_Clean|Referenced/.test(kernelName)) continue
        assert.equal(usage[property], awk.get(kernelName), `${property} of ${source}`)
      }
    }
    assert.equal(mappings.length, (await sumWithAwk(`/proc/${program.pid}/smaps`)).get('mappings'))
  })

  it('costs no other process its row', async () => {
    const other = await start('steady')
    const rows = scanProcesses({ source: 'smaps' })
    for (const pid of [process.pid, program.pid, other.pid]) {
      const row = rows.find((candidate) => candidate.pid === pid)
      assert.ok(row?.usage !== null && row?.usage !== undefined, `process ${pid}: ${row?.unavailable?.reason}`)
    }
  })
})
