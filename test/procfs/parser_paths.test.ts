import assert from 'node:assert/strict'
import { BothParsers } from './native/both_parsers.ts'
import { header, record, records } from './native/smaps_text.ts'

/** What a file, a memfd or prctl(PR_SET_VMA_ANON_NAME) may be called: any byte but NUL; newlines come as \012. */
const HOSTILE = [
  '/tmp/a kB', '/tmp/Rss:                   4 kB', '/tmp/Pss: 5 kB', '/tmp/a\\012Pss: 5 kB', '/tmp/VmFlags: rd',
  '/tmp/ff\f', '/tmp/cr\r', '/tmp/vt\v', '/tmp/\x1b[31mred', '/tmp/tab\there', '/tmp/fs\x1c\x1d\x1e', '/\x7f',
  '/tmp/nel\xc2\x85', '/tmp/bare nel\x85', '/tmp/ls\xe2\x80\xa8', '/tmp/\xff\xfe\xc0\x80',
  '/tmp/2000-3000 r--p 00000000 08:01 7 /x', '/tmp/trailing space ', '/tmp/ two  spaces', '/',
  '/tmp/x (deleted)', '/tmp/x (deleted) (deleted)', '/memfd:a b (deleted)', '/SYSV00000000 (deleted)',
  '[heap]', '[anon: x kB]', '[anon_shmem:[heap]]', 'anon_inode:[perf_event]',
]

describe('the path of a mapping', () => {
  const parsers = BothParsers.inSuite()
  const paths = async (text: string) => (await parsers.accept(text)).rows.map(({ path }) => path)

  for (const path of HOSTILE) {
    it(`may be ${JSON.stringify(path)}`, async () => {
      const text = record('1000-2000', '/before') + record('2000-3000', path) + record('3000-4000', '/after')
      assert.deepEqual(await paths(text), ['/before', path, '/after'])
    })
  }
  it('is empty when there is none', async () => {
    const text = '1000-2000 r--p 0 00:00 0 \nRss: 4 kB\n2000-3000 r--p 0 00:00 0\nRss: 4 kB\n'
    assert.deepEqual(await paths(text), ['', ''])
  })
  it('may start right after the inode', async () => {
    assert.deepEqual(await paths('1000-2000 r--p 0 00:00 0 /x\nRss: 4 kB\n'), ['/x'])
  })
  it('may hold a byte of zero, which the kernel never prints', async () => {
    assert.deepEqual(await paths(record('1000-2000', '/a\0b')), ['/a\0b'])
  })
  it('may end its line at any byte around 512', async () => {
    for (const size of [509, 510, 511, 512, 513, 514, 515]) {
      const path = '/'.padEnd(size - 73, 'p')
      assert.deepEqual(await paths(record('1000-2000', path) + record('2000-3000', '/x')), [path, '/x'])
    }
  })
  it('may be longer than 512 bytes', async () => {
    const path = '/0123456789abcdef'.repeat(241)
    assert.deepEqual(await paths(record('1000-2000', path) + record('2000-3000', '/x')), [path, '/x'])
  })
  it('may be longer than 64 KiB', async () => {
    const path = '/a directory'.repeat(8000)
    assert.deepEqual(await paths(record('1000-2000', path) + record('2000-3000', '/x')), [path, '/x'])
  })
  it('may consist of spaces after its first byte', async () => {
    const path = `/${' '.repeat(600)}`
    assert.deepEqual(await paths(record('1000-2000', path)), [path])
  })
  it('stands beside the other parts of the line', async () => {
    const line = '7f0000000000-7f0000001000 rwxs 00012000 fd:1f 18446744073709551615          /lib/x.so\n'
    const { rows } = await parsers.accept(`${line}Rss: 4 kB\nVmFlags: rd wr \n`)
    assert.deepEqual(rows, [{
      range: '7f0000000000-7f0000001000', offset: '12000', inode: 18446744073709551615n, perms: 'rwxs', device: 'fd:1f',
      path: '/lib/x.so', flags: ' rd wr ', figures: { rss: 4 },
    }])
  })
})

describe('what vendors and newer kernels add', () => {
  const parsers = BothParsers.inSuite()
  const total = async (text: string) => (await parsers.accept(text)).totals

  for (const line of [
    'Name:           [anon:libc_malloc]', 'Name: Rss: 9 kB', 'Writeback:             0 kB', 'THPeligible:\t\t0',
    'THPeligible:           1', 'ProtectionKey:         0', 'X:', 'X: \xff\f',
  ]) {
    it(`is skipped: ${JSON.stringify(line)}`, async () => {
      assert.deepEqual(await total(records(3, `Rss:                   4 kB\n${line}\n`)), { rss: 12, mappings: 3 })
    })
  }
  it('is skipped however long, and twice in a mapping', async () => {
    for (const size of [500, 510, 511, 512, 513, 600, 5000, 70000]) {
      const long = `Name: ${'n'.repeat(size - 6)}\n`
      assert.deepEqual(await total(records(2, `${long}${long}Rss: 4 kB\n`)), { rss: 8, mappings: 2 })
    }
  })
  it('keeps the last VmFlags of a mapping', async () => {
    const text = `${record('1000-2000', '/x')}VmFlags: rd wr mr\nVmFlags: ex\n${record('2000-3000')}`
    const { rows } = await parsers.accept(text)
    assert.deepEqual(rows.map(({ flags }) => flags), [' ex', ''])
  })
  it('keeps VmFlags that look like a figure in its columns, in every mapping', async () => {
    const { rows } = await parsers.accept(records(3, 'Rss: 4 kB\nVmFlags:               4 kB\n'))
    assert.deepEqual(rows.map(({ flags }) => flags), Array(3).fill('               4 kB'))
  })
  it('may leave a mapping without VmFlags', async () => {
    const text = `${record('1000-2000')}VmFlags: rd\n${record('2000-3000')}${record('3000-4000')}VmFlags:\n`
    const { rows } = await parsers.accept(text)
    assert.deepEqual(rows.map(({ flags }) => flags), [' rd', '', ''])
  })
  it('does not make a header of a field that starts with a hexadecimal letter', async () => {
    const before = record('1000-2000') + header('2000-3000')
    await parsers.refuse(`${before}abc: 4 kB\n`, 'badHeader', before.length)
  })
})
