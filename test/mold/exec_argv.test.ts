import assert from 'node:assert/strict'
import { inheritedExecArgv } from '../../src/mold/exec_argv.ts'

describe('the options of Node that a mold inherits', () => {
  for (const [own, inherited] of [
    [['--max-old-space-size=200', '-r', './setup.cjs', '--conditions', 'dev'], ['--max-old-space-size=200', '-r', './setup.cjs', '--conditions', 'dev']],
    [['-e', 'run()', '--no-warnings'], ['--no-warnings']],
    [['-pe', 'run()'], []],
    [['--no-warnings', '--print', 'a=b'], ['--no-warnings']],
    [['--eval=run()', '-C', 'dev'], ['-C', 'dev']],
    [['-e', ''], []],
    // From its standard input.
    [['-p', '--no-warnings'], ['--no-warnings']],
    [['--input-type', 'module', '-e', 'run()'], []],
    [['--input-type=module', '--input_type=module'], []],
    [['--inspect', '--inspect-port', '9230', '--trace-warnings'], ['--trace-warnings']],
    [['--inspect-brk=127.0.0.1:0', '--inspect_port', '0', '--inspect-publish-uid', 'http', '--debug-port', '1'], []],
    [['-i', '--expose-gc'], ['--expose-gc']],
  ] as const) {
    it(`are ${inherited.join(' ') || 'none'} of ${own.join(' ')}`, () => {
      assert.deepEqual(inheritedExecArgv(own), inherited)
    })
  }
})
