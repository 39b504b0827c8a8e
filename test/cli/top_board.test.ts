import assert from 'node:assert/strict'
import { Board } from '../../src/cli/top/board.ts'
import { topOptions } from '../../src/cli/top/options.ts'
import { press } from '../../src/cli/top/view.ts'
import { renderTopPlain } from '../../src/report/top/index.ts'
import type { ProcessSource } from '../../src/sampling/index.ts'
import { processOf } from '../captures/support.ts'

const MB = 1024 ** 2

/** Processes of which some may not be read, as for a user without privileges. */
function source(names: readonly string[], denied: readonly string[]): ProcessSource {
  const all = names.map((name, index) => {
    const unavailable = denied.includes(name) ? { code: 'EACCES', reason: '' } : null
    const process = processOf(10_000_000 + index, { pss: MB, comm: name, commandLine: [name], costNs: 2e6, unavailable })
    return unavailable === null ? process : { ...process, usage: null }
  })
  return {
    list: () => Promise.resolve(all.map((process) => ({ ...process }))),
    read: (targets) => Promise.resolve(all.filter(({ pid }) => targets.some((target) => target.pid === pid))),
  }
}

async function headOf(processes: ProcessSource, values: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const output = { write: () => Promise.resolve(), note: () => undefined, isTerminal: false, colour: false, columns: 80, rows: 24 }
  const options = topOptions({ values: { budget: '100%', ...values }, positionals: [], output, env: {} })
  const board = new Board(options, processes)
  await board.refresh()
  return renderTopPlain(board.frame(options.view), Infinity).slice(1, 3)
}

describe('the head of top', () => {
  const names = ['node a', 'node b', 'init', 'cron', 'node c']
  const processes = source(names, ['init', 'cron', 'node c'])

  it('counts as read what was read, not what was tried', async () => {
    const [first, second] = await headOf(processes)
    assert.match(first ?? '', /^5 processes {2}PSS 2\.0M /)
    assert.match(second ?? '', /^3 processes with 6\.0M RSS unread \(3 EACCES\) {2}read 2 in 4\.0 ms$/)
  })

  it('is about the processes that the filter leaves', async () => {
    const [first, second] = await headOf(processes, { filter: '^node' })
    assert.match(first ?? '', /^3 of 5 processes {2}PSS 2\.0M /)
    assert.match(second ?? '', /^1 process with 2\.0M RSS unread \(1 EACCES\) {2}read 2 in 4\.0 ms$/)
    const [, all] = await headOf(processes, { filter: 'node [ab]' })
    assert.match(all ?? '', /^all read {2}read 2 in 4\.0 ms$/)
  })

  it('does not say that what the filter leaves out waits', async () => {
    const [, second] = await headOf(source(names, []), { 'budget': '0.000001%', filter: 'init' })
    assert.match(second ?? '', /^1 process with 2\.0M RSS unread \(1 ERR_OVER_BUDGET\) {2}read 0 in 0\.0 ms, 1 wait$/)
  })

  it('takes the expressions that the listing takes, on the command line and at the prompt', async () => {
    const [first] = await headOf(processes, { filter: '(?i)NODE (?P<letter>[ab])' })
    assert.match(first ?? '', /^2 of 5 processes/)
    const output = { write: () => Promise.resolve(), note: () => undefined, isTerminal: false, colour: false, columns: 80, rows: 24 }
    const { view } = topOptions({ values: { filter: '(?i)NODE' }, positionals: [], output, env: {} })
    const extent = { rowCount: 0, pageRows: 10 }
    const prompt = press(view, '/', extent).view
    assert.equal(prompt.prompt?.text, '(?i)NODE')
    assert.equal(press(prompt, 'return', extent).view.filter?.test('a node'), true)
  })
})
