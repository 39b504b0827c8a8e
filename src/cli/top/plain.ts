import { setTimeout as sleep } from 'node:timers/promises'
import { renderTopPlain } from '../../report/top/index.ts'
import type { Output } from '../output.ts'
import { Board } from './board.ts'
import type { TopOptions } from './options.ts'

/** Refreshes one below the other, with an empty line between them; on a terminal cut to its width. */
export async function runPlain(options: TopOptions, output: Output): Promise<number> {
  const board = new Board(options)
  for (let nth = 1; ; nth++) {
    const startMs = performance.now()
    const cpu = process.cpuUsage()
    await board.refresh()
    const lines = renderTopPlain(board.frame(options.view), output.isTerminal ? output.columns : Infinity)
    await output.write(`${nth > 1 ? '\n' : ''}${lines.join('\n')}\n`)
    if (nth >= options.count) return 0
    await sleep(Math.max(0, startMs + board.intervalMs(options.view) - performance.now()))
    board.roundCost(cpuMsSince(cpu))
  }
}

export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
