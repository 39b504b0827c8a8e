import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readCapture } from '../../src/captures/index.ts'
import { makeTarHeader } from '../../src/captures/tar_header.ts'
import { captureOf } from '../fixtures/smem/make_capture.ts'
import { treeOf } from '../fixtures/smem/trees.ts'
import { END_OF_ARCHIVE, member, smapsOf, STAT, TemporaryDirectory } from './support.ts'

describe('an archive', () => {
  let files: TemporaryDirectory

  beforeEach(() => {
    files = new TemporaryDirectory()
  })

  afterEach(() => files[Symbol.dispose]())

  function one(prefix = '', pid = 1, kilobytes = 4): Buffer {
    return Buffer.concat([member(`${prefix}${pid}/stat`, STAT), member(`${prefix}${pid}/smaps`, smapsOf(kilobytes))])
  }

  for (const prefix of ['', './', 'proc/', '/proc/', './proc/']) {
    it(`may call its members ${prefix}1/smaps`, async () => {
      const path = files.write('a.tar', Buffer.concat([one(prefix), END_OF_ARCHIVE]))
      const { processes: [process], problems } = await readCapture(path)
      assert.equal(process?.usage?.pss, 4096)
      assert.equal(process?.comm, 'one')
      assert.equal(process?.user, '7')
      assert.deepEqual(problems, [])
    })
  }

  it('made by tar of a tree reads as the tree does', async () => {
    mkdirSync(files.at('proc/1'), { recursive: true })
    files.write('proc/1/stat', STAT)
    files.write('proc/1/smaps', smapsOf(8))
    files.write('proc/1/cmdline', 'one\0two\0')
    execFileSync('tar', ['-czf', files.at('all.tgz'), '-C', files.path, './proc'])
    const [tree, archive] = await Promise.all([readCapture(files.path), readCapture(files.at('all.tgz'))])
    assert.deepEqual(archive.problems, [])
    assert.deepEqual(archive.processes, tree.processes)
  })

  it('gives the last of several members of one name', async () => {
    const path = files.write('a.tar', Buffer.concat([one(), one('', 1, 12), END_OF_ARCHIVE]))
    assert.equal((await readCapture(path)).processes[0]?.usage?.pss, 12 * 1024)
  })

  it('with other files, names outside of it and links gives its processes only', async () => {
    const names = ['../1/smaps', '1/../2/smaps', '/etc/passwd', '1/task/2/smaps', '01/smaps', '99999999/smaps', '3 /smaps', 'smaps']
    const others = names.map((name) => member(name, smapsOf(400)))
    const link = makeLink('2/smaps')
    const path = files.write('a.tar', Buffer.concat([...others, link, one(), END_OF_ARCHIVE]))
    const { processes } = await readCapture(path)
    assert.deepEqual(processes.map(({ pid, usage }) => [pid, usage?.pss]), [[1, 4096]])
  })

  it('of smemcap takes owners from directories, not from the garbage in headers of unreadable files', async () => {
    const garbage = member('5/smaps')
    garbage.write('7777777\xff\xfe\x01zzzz', 100, 'latin1')
    fixChecksum(garbage)
    const directory = member('5', '', { isDirectory: true, uid: 33 })
    const path = files.write('a.tar', Buffer.concat([directory, garbage, member('5/stat', STAT), one()]))
    const { processes } = await readCapture(path)
    assert.deepEqual(processes.map(({ pid, uid }) => [pid, uid]), [[1, 7], [5, 33]])
    assert.equal(processes[1]?.usage, null)
    assert.equal(processes[1]?.unavailable?.code, 'ERR_NOT_CAPTURED')
  })

  it('keeps everything that is complete when it is cut off, and says so', async () => {
    const whole = captureOf(treeOf('small'))
    const all = (await readCapture(files.write('whole.tar', whole))).processes
    const firstMember = 2048
    for (let size = firstMember; size < whole.length; size += 1777) {
      const path = files.write('cut.tar', whole.subarray(0, size))
      const { processes, problems } = await readCapture(path)
      const complete = processes.filter(({ usage }) => usage !== null)
      assert.ok(complete.length <= all.length)
      for (const process of complete) {
        assert.deepEqual(process.usage, all.find(({ pid }) => pid === process.pid)?.usage)
      }
      if (size % 512 !== 0) assert.match(problems.join(), /cut off/, `cut at ${size}`)
    }
  })

  it('that is compressed keeps everything that is complete when it is cut off, and says so', async () => {
    const tar = captureOf(treeOf('plain'))
    const whole = gzipSync(tar)
    const all = (await readCapture(files.write('whole.tar.gz', whole))).processes
    let best = 0
    for (const share of [0.2, 0.5, 0.8, 0.95, 0.9999]) {
      const path = files.write('cut.tar.gz', whole.subarray(0, Math.floor(whole.length * share)))
      const { processes, problems } = await readCapture(path)
      assert.match(problems.join(), /cut off/, `cut at ${share}`)
      const complete = processes.filter(({ usage }) => usage !== null).length
      assert.ok(complete >= best)
      best = complete
    }
    assert.equal(best, all.filter(({ usage }) => usage !== null).length)
  })

  it('of which compressed bytes are damaged keeps what came before', async () => {
    const tar = Buffer.concat(Array.from({ length: 200 }, (_, index) => one('', index + 1, index + 4)))
    const whole = gzipSync(tar)
    whole.fill(0xff, Math.floor(whole.length / 2), Math.floor(whole.length / 2) + 64)
    const { processes, problems } = await readCapture(files.write('a.tar.gz', whole))
    assert.ok(processes.length > 10)
    assert.match(problems.join(), /damaged|cut off/)
  })

  it('with a damaged header keeps what came before', async () => {
    const broken = one('', 2)
    broken.fill(0xee, 0, 100)
    const { processes, problems } = await readCapture(files.write('a.tar', Buffer.concat([one(), broken, one('', 3)])))
    assert.deepEqual(processes.map(({ pid }) => pid), [1])
    assert.match(problems.join(), /damaged at byte 2048/)
  })

  it('refuses sizes that no file has, without taking memory for them', async () => {
    for (const size of [2 ** 33, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const owner = { uid: 0, gid: 0, userName: '', mtime: 0 }
      const huge = makeTarHeader({ name: '2/smaps', isDirectory: false, size: Math.min(size, 2 ** 47), ...owner })
      for (const pack of [(bytes: Buffer) => bytes, gzipSync]) {
        const { processes, problems } = await readCapture(files.write('a', pack(Buffer.concat([one(), huge, one('', 3)]))))
        assert.deepEqual(processes.filter(({ usage }) => usage !== null).map(({ pid }) => pid), [1])
        assert.match(problems.join(), /is said to have/)
      }
    }
  })

  it('that grows a thousandfold when decompressed is passed over piece by piece', async function () {
    this.timeout(1000 * 60)
    const zeros = gzipSync(Buffer.concat([one(), member('junk', Buffer.alloc(2 ** 28)), one('', 2), END_OF_ARCHIVE]))
    const before = process.memoryUsage().rss
    const { processes } = await readCapture(files.write('a.tar.gz', zeros))
    assert.equal(processes.length, 2)
    assert.ok(process.memoryUsage().rss - before < 2 ** 27, 'takes less memory than the member has')
  })

  it('takes long names of GNU tar and of pax', async () => {
    const long = './proc/1/smaps'
    const gnu = Buffer.concat([withType(member('././@LongLink', `${long}\0`), 'L'), member('x', smapsOf(4))])
    const record = `path=${long}\n`
    const pax = Buffer.concat([withType(member('pax', `${record.length + 3} ${record}`), 'x'), member('x', smapsOf(8))])
    assert.equal((await readCapture(files.write('gnu', gnu))).processes[0]?.usage?.pss, 4096)
    assert.equal((await readCapture(files.write('pax', pax))).processes[0]?.usage?.pss, 8192)
  })

  it('loses no process for another whose smaps is malformed', async () => {
    const path = files.write('a.tar', Buffer.concat([one(), member('2/stat', STAT), member('2/smaps', 'garbage\n'), one('', 3)]))
    const { processes } = await readCapture(path)
    assert.deepEqual(processes.map(({ usage }) => usage?.pss), [4096, undefined, 4096])
    assert.equal(processes[1]?.unavailable?.code, 'ERR_MALFORMED_SMAPS')
    assert.match(processes[1]?.unavailable?.reason ?? '', /at byte 0/)
  })

  it('says which program decompresses what we do not', async () => {
    for (const [magic, program] of [['BZh9', 'bzcat'], ['\xfd7zXZ\0', 'xzcat'], ['\x28\xb5\x2f\xfd', 'zstdcat']] as const) {
      const path = files.write('a', Buffer.from(magic, 'latin1'))
      await assert.rejects(readCapture(path), new RegExp(`decompress it first \\(${program}\\)`))
    }
  })

  it('is refused with a reason when it is none', async () => {
    const refused = { code: 'ERR_BAD_CAPTURE' }
    await assert.rejects(readCapture(files.write('a', '')), { ...refused, message: /is empty/ })
    await assert.rejects(readCapture(files.write('a', 'hello')), { ...refused, message: /neither a tree/ })
    await assert.rejects(readCapture(files.write('a', gzipSync('hello'))), refused)
    await assert.rejects(readCapture(files.write('a', Buffer.from([0x1f, 0x8b, 1, 2]))), refused)
    await assert.rejects(readCapture(files.write('a', Buffer.concat([member('readme', 'x'), END_OF_ARCHIVE]))), refused)
    await assert.rejects(readCapture(files.at('missing')), { code: 'ENOENT' })
  })
})

describe('a tree', () => {
  it('is a directory that holds proc/, or a copy of /proc itself', async () => {
    using files = new TemporaryDirectory()
    mkdirSync(files.at('proc/1'), { recursive: true })
    files.write('proc/1/smaps', smapsOf(4))
    assert.equal((await readCapture(files.path)).processes[0]?.usage?.pss, 4096)
    assert.equal((await readCapture(files.at('proc'))).processes[0]?.usage?.pss, 4096)
    mkdirSync(files.at('empty'))
    await assert.rejects(readCapture(files.at('empty')), { code: 'ERR_BAD_CAPTURE' })
  })

  it('with a pipe in place of a file is not waited for', async () => {
    using files = new TemporaryDirectory()
    mkdirSync(files.at('proc/1'), { recursive: true })
    files.write('proc/1/stat', STAT)
    execFileSync('mkfifo', [join(files.path, 'proc/1/smaps')])
    const { processes: [process] } = await readCapture(files.path)
    assert.equal(process?.usage, null)
  })

  it('says of an unreadable smaps that it could not be read', async () => {
    using files = new TemporaryDirectory()
    mkdirSync(files.at('proc/1'), { recursive: true })
    files.write('proc/1/stat', STAT)
    const { processes: [process] } = await readCapture(files.path)
    assert.equal(process?.unavailable?.code, 'ENOENT')
    assert.equal(process?.rss, 50 * 4096)
    assert.equal(process?.commandLine, undefined)
  })

  it('is the real /proc too', async () => {
    const { processes } = await readCapture('/proc', { filter: ({ pid }) => pid === process.pid })
    assert.equal(processes.length, 1)
    assert.equal(processes[0]?.uid, process.geteuid?.())
    assert.ok((processes[0]?.usage?.rss ?? 0) > 2 ** 20)
  })
})

function withType(bytes: Buffer, type: string): Buffer {
  bytes.write(type, 156, 'latin1')
  fixChecksum(bytes)
  return bytes
}

function makeLink(name: string): Buffer {
  const header = member(name)
  header.write('../../etc/passwd', 157)
  return withType(header, '2')
}

function fixChecksum(bytes: Buffer): void {
  bytes.fill(' ', 148, 156)
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}
