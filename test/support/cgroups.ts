/** Control groups of tests: frozen trees, and real ones with real processes in them. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { MemoryScopeReader } from '../../src/system/index.ts'
import { waitFor } from './wait_for.ts'

export type CgroupTree = 'v2' | 'v2-container' | 'v1-docker' | 'v1-old' | 'hybrid'

export interface Roots {
  readonly procRoot: string
  readonly cgroupRoot: string
}

const END_MS = 1000 * 20

/** A committed tree: /proc as far as it tells of memory and mounts, and what is below /sys/fs/cgroup. */
export function frozenCgroups(name: CgroupTree): Roots {
  return rootsIn(fileURLToPath(new URL(`../fixtures/cgroup/${name}`, import.meta.url)))
}

/** A copy of a frozen tree that a test may change; removed when disposed of. */
export class CgroupCopy implements Disposable, Roots {
  readonly #root = mkdtempSync(join(tmpdir(), 'smem-ts-cgroup-'))
  readonly procRoot: string
  readonly cgroupRoot: string

  constructor(name: CgroupTree) {
    cpSync(fileURLToPath(new URL(`../fixtures/cgroup/${name}`, import.meta.url)), this.#root, { recursive: true })
    ;({ procRoot: this.procRoot, cgroupRoot: this.cgroupRoot } = rootsIn(this.#root))
  }

  /** Writes a file below the cgroup root. */
  write(path: string, text: string): void {
    writeFileSync(join(this.cgroupRoot, path), text)
  }

  remove(path: string): void {
    rmSync(join(this.cgroupRoot, path), { recursive: true })
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}

function rootsIn(folder: string): Roots {
  return { procRoot: join(folder, 'proc'), cgroupRoot: join(folder, 'cgroup') }
}

/** The folder of this process's group of version 1's memory controller, or of version 2; or why none can be made in it. */
export function writableGroup(which: 'memory1' | 'unified'): { folder: string } | { reason: string } {
  const { memory, unified } = new MemoryScopeReader().places()
  const place = which === 'unified' ? unified : memory?.version === 1 ? memory : undefined
  if (place === undefined) return { reason: `no ${which === 'unified' ? 'version 2' : 'memory controller of version 1'} is mounted` }
  try {
    accessSync(place.levels[0], constants.W_OK)
    const probe = join(place.levels[0], `smem-ts-probe-${process.pid}`)
    mkdirSync(probe)
    rmdirSync(probe)
    return { folder: place.levels[0] }
  } catch (error) {
    return { reason: `no control group can be made in ${place.levels[0]}: ${(error as NodeJS.ErrnoException).code}` }
  }
}

let made = 0

/** A real control group. `remove` ends what runs in it. */
export class RealGroup {
  readonly folder: string

  constructor(parent: string, limit?: number) {
    this.folder = join(parent, `smem-ts-test-${process.pid}-${made++}`)
    mkdirSync(this.folder)
    if (limit !== undefined) writeFileSync(join(this.folder, 'memory.limit_in_bytes'), String(limit))
  }

  /** Runs a program in the group; resolves once it is in it. */
  async run(command: string, ...args: readonly string[]): Promise<ChildProcessByStdio<Writable, Readable, null>> {
    const join1 = 'echo $$ > "$0/cgroup.procs" && echo in && exec "$@"'
    const child = spawn('/bin/sh', ['-c', join1, this.folder, command, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.on('error', () => undefined)
    await once(child.stdout, 'data')
    return child
  }

  pids(): number[] {
    return readFileSync(join(this.folder, 'cgroup.procs'), 'utf8').split('\n').filter((line) => line !== '').map(Number)
  }

  async remove(): Promise<void> {
    await waitFor(() => {
      if (!existsSync(this.folder)) return true
      for (const pid of this.pids()) tryKill(pid)
      try {
        rmdirSync(this.folder)
        return true
      } catch {
        return false
      }
    }, END_MS, `${this.folder} can be removed`)
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Ended by itself.
  }
}
