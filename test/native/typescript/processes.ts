import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { waitFor } from '../../support/wait_for.ts'

const DEADLINE_MS = 1000 * 20
const started = new Set<ChildProcess>()

/** Starts a program that needs no compiler; it runs when this resolves. `endProcesses` ends it at the latest. */
export async function startProcess(command: string, args: readonly string[]): Promise<ChildProcess & { pid: number }> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child, 'spawn') // libuv says so once exec has succeeded
  started.add(child)
  child.once('close', () => started.delete(child))
  return child as ChildProcess & { pid: number }
}

export function startSleep(): Promise<ChildProcess & { pid: number }> {
  return startProcess('sleep', ['1000'])
}

/** Ends it and waits until it has been reaped, and its pipes are closed. */
export async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close')
  child.kill('SIGKILL')
  await ended
}

/** For afterEach. */
export async function endProcesses(): Promise<void> {
  await Promise.all([...started].map(end))
}

/** Stops it: from then on none of its figures changes. */
export async function suspend(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await waitForState(pid, 'T')
}

/** The pid of a zombie: its parent is a sleep, which never asks for it. */
export async function startZombie(): Promise<number> {
  const parent = await startProcess('sh', ['-c', 'exec 3<&0; (read line <&3) & echo $!; exec sleep 1000'])
  const [line] = (await once(parent.stdout ?? parent, 'data')) as [Buffer]
  const zombie = Number(line.toString())
  await waitFor(() => statOf(parent.pid)?.comm === 'sleep', DEADLINE_MS, `${parent.pid} becomes a sleep`)
  parent.stdin?.end('\n')
  await waitForState(zombie, 'Z')
  return zombie
}

export async function waitForState(pid: number, state: string): Promise<void> {
  await waitFor(() => statOf(pid)?.state === state, DEADLINE_MS, `process ${pid} gets into state ${state}`)
}

/** undefined when there is no such process. */
export function statOf(pid: number): { comm: string; state: string; fields: string[] } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const close = text.lastIndexOf(')')
    const fields = text.slice(close + 2).trimEnd().split(' ')
    return { comm: text.slice(text.indexOf('(') + 1, close), state: fields[0] ?? '', fields }
  } catch {
    return undefined
  }
}
