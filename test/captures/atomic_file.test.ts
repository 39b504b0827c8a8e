import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, utimesSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AtomicFile } from '../../src/captures/index.ts'
import { TemporaryDirectory } from './support.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

describe('a file that is there whole or not at all', function () {
  this.timeout(1000 * 60)
  let files: TemporaryDirectory

  beforeEach(() => {
    files = new TemporaryDirectory()
  })

  afterEach(() => files[Symbol.dispose]())

  /** What a process leaves that is killed while it writes `path`. */
  function leaveUnfinished(path: string): string {
    const before = readdirSync(files.path)
    const script = `
      import { AtomicFile } from './src/captures/index.ts'
      new AtomicFile(${JSON.stringify(path)}).write(Buffer.from('half'))
      process.kill(process.pid, 'SIGKILL')
    `
    const { signal, stderr } = spawnSync(
      process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], { cwd: ROOT, encoding: 'utf8', timeout: 1000 * 50 })
    assert.equal(signal, 'SIGKILL', stderr)
    const [name, ...others] = readdirSync(files.path).filter((entry) => !before.includes(entry))
    assert.deepEqual([others, readFileSync(files.at(name ?? ''), 'utf8')], [[], 'half'])
    return name ?? ''
  }

  function writeWhole(path: string): void {
    using file = new AtomicFile(path)
    file.write(Buffer.from('whole'))
    file.commit()
  }

  it('removes what a process has left that was killed while it wrote the same file', () => {
    const other = leaveUnfinished(files.at('b'))
    leaveUnfinished(files.at('a'))
    writeWhole(files.at('a'))
    assert.deepEqual(readdirSync(files.path), [other, 'a'])
    assert.equal(readFileSync(files.at('a'), 'utf8'), 'whole')
  })

  it('leaves alone what another one is still writing', () => {
    using slow = new AtomicFile(files.at('a'))
    slow.write(Buffer.from('slow'))
    writeWhole(files.at('a'))
    slow.commit()
    assert.equal(readFileSync(files.at('a'), 'utf8'), 'slow')
    assert.deepEqual(readdirSync(files.path), ['a'])
  })

  it('gives those a day of which it cannot know whether they are at work', () => {
    const foreign = leaveUnfinished(files.at('a')).replace(/-[0-9a-f]{8}-([0-9a-f]{8})$/, '-00000000-$1')
    renameSync(files.at(readdirSync(files.path)[0] ?? ''), files.at(foreign))
    writeWhole(files.at('a'))
    assert.deepEqual(readdirSync(files.path), [foreign, 'a'])
    const yesterday = Date.now() / 1000 - 60 * 60 * 25
    utimesSync(files.at(foreign), yesterday, yesterday)
    writeWhole(files.at('a'))
    assert.deepEqual(readdirSync(files.path), ['a'])
  })

  it('leaves alone what only looks so', () => {
    const name = leaveUnfinished(files.at('a'))
    renameSync(files.at(name), files.at(`${name}.kept`))
    mkdirSync(files.at(name))
    writeWhole(files.at('a'))
    assert.deepEqual(readdirSync(files.path), [name, `${name}.kept`, 'a'])
  })

  it('may have the longest name there is', () => {
    for (const name of ['a'.repeat(255), '\u4e00'.repeat(85)]) {
      writeWhole(files.at(name))
      assert.equal(readFileSync(files.at(name), 'utf8'), 'whole')
    }
  })
})
