import assert from 'node:assert/strict'
import { openProcess, readSmaps, scanProcesses, Field } from '../../src/index.ts'
import { compile, Exited, start, startBinary, stopPrograms } from '../support/programs.ts'
import { skip } from '../support/skip.ts'

const NOT_PERMITTED = 77

describe('a pid that another process has got', () => {
  afterEach(stopPrograms)

  it('is not the process that a handle holds', async function () {
    const program = await start('steady')
    using unread = openProcess(program.pid)
    using read = openProcess(program.pid)
    read.read()
    read.rss()
    await program.stop()

    try {
      await startBinary(await compile('with_pid'), [String(program.pid)])
    } catch (error) {
      if (!(error instanceof Exited)) throw error
      skip(this, error.code === NOT_PERMITTED
        ? 'this user or kernel may not choose a pid (clone3 with set_tid)'
        : 'somebody else took the pid at once')
    }

    assert.ok((readSmaps(program.pid).rss ?? 0) > 0, 'the pid is in use again')
    for (const handle of [unread, read]) {
      assert.equal(handle.alive, false)
      assert.throws(() => handle.read(), { code: 'ESRCH' })
      assert.throws(() => handle.read('smaps'), { code: 'ESRCH' })
      assert.throws(() => handle.rss(), { code: 'ESRCH' })
      assert.notEqual(handle.readInto(new Float64Array(Field.length)), 0)
    }
    const row = scanProcesses({ filter: ({ pid }) => pid === program.pid })[0]
    assert.ok(row !== undefined && row.usage !== null, 'a scan reads whoever has the pid now')
    using successor = openProcess(program.pid)
    assert.ok(successor.alive && successor.startTime >= read.startTime)
  })
})
