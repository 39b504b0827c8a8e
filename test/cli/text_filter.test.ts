import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { SlowExpression, TextFilter } from '../../src/cli/text_filter.ts'
import { TemporaryDirectory } from '../captures/support.ts'
import { start, stopPrograms } from '../support/programs.ts'
import { runCommand, type CommandResult } from './support/run_command.ts'

/** Takes two to the power of its length to find that it does not match. */
const HOSTILE = `${'a'.repeat(50)}b`
const NESTED = '(a+)+$'

describe('a filter of texts', () => {
  it('finds those that match, each once', () => {
    const filter = new TextFilter(/no[dt]e$/u, { name: '--match' })
    assert.deepEqual([...filter.matching(['node', 'python', 'a note', 'node', 'nodes'])], ['node', 'a note'])
    assert.deepEqual([filter.matching(['x']).size, filter.matching([]).size], [0, 0])
  })

  it('finds the same with expressions that have nothing to repeat', () => {
    const filter = new TextFilter(/^\/usr\/bin/, { name: '--match' })
    assert.deepEqual([...filter.matching(['/usr/bin/node', '/opt/usr/bin'])], ['/usr/bin/node'])
  })

  for (const expression of [/(a+)+$/, /(a|a)*$/u, /(?=(a*)*c)/]) {
    it(`gives ${expression} up when the time is over, and says on what`, () => {
      const filter = new TextFilter(expression, { name: '--match', deadlineMs: 50 })
      assert.throws(() => filter.matching(['harmless', HOSTILE]), (error) => {
        assert.ok(error instanceof SlowExpression)
        assert.match(error.message, /^--match: the expression takes too long, here on a text of 51 characters; /)
        return true
      })
      assert.deepEqual([...filter.matching(['harmless'])], expression.test('harmless') ? ['harmless'] : [], 'it goes on')
    })
  }

  it('looks at the beginnings of texts when whole ones take too long, and says so once', () => {
    const notes: string[] = []
    const filter = new TextFilter(/.*=x/, { name: '-P', deadlineMs: 500, note: (line) => notes.push(line) })
    const huge = 'a'.repeat(1000 * 1000)
    assert.deepEqual([...filter.matching(['has =x', huge, `=x${huge}`])], ['has =x', `=x${huge}`])
    assert.deepEqual([...filter.matching([huge])], [])
    assert.deepEqual(notes, ['-P: takes too long on long texts; only the first 4096 characters of each are looked at'])
  })

  it('looks at whole texts, however long, while that takes no time', () => {
    const filter = new TextFilter(/^a*b$/, { name: '-P' })
    const long = `${'a'.repeat(1000 * 100)}b`
    assert.deepEqual([...filter.matching([long])], [long])
  })

  it('leaves nothing behind in the global object', () => {
    const before = Reflect.ownKeys(globalThis)
    new TextFilter(/a+/, { name: '-P' }).matching(['a'])
    assert.deepEqual(Reflect.ownKeys(globalThis), before)
  })
})

describe('an expression that takes too long on the name of a process', function () {
  this.timeout(1000 * 60)
  let files: TemporaryDirectory

  beforeEach(async () => {
    files = new TemporaryDirectory()
    await start('steady', ['--title', HOSTILE])
  })

  afterEach(async () => {
    await stopPrograms()
    files[Symbol.dispose]()
  })

  function assertRefused({ code, stderr, stdout }: CommandResult, option: string): void {
    assert.match(stderr, new RegExp(`${option}: the expression takes too long, here on a text of \\d+ characters`))
    assert.deepEqual([code, stdout], [2, ''])
  }

  it('is refused by the listing', async () => {
    assertRefused(await runCommand('list', ['-P', NESTED]), '--processfilter')
  })

  it('ends a record', async () => {
    const result = await runCommand('record', ['-o', files.at('r'), '--every', '50ms', '--for', '100ms', '--match', NESTED])
    assertRefused(result, '--match')
  })

  it('leaves no capture', async () => {
    assertRefused(await runCommand('capture', [files.at('c.tar'), '--match', NESTED]), '--match')
    assert.equal(existsSync(files.at('c.tar')), false)
  })

  it('ends the plain table', async () => {
    assertRefused(await runCommand('top', ['--count', '1', '--filter', NESTED]), '--filter')
  })
})
