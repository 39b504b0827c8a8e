import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeTarHeader, padded, type TarMember } from '../../src/captures/tar_header.ts'
import type { Snapshot, SnapshotProcess } from '../../src/processes/index.ts'
import type { MemoryUsage } from '../../src/smaps/index.ts'

/** A directory for a test's files; removed when disposed of. */
export class TemporaryDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'smem-ts-captures-'))

  write(name: string, content: string | Uint8Array): string {
    const path = this.at(name)
    writeFileSync(path, content)
    return path
  }

  at(name: string): string {
    return join(this.path, name)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

export const STAT = '1 (one) S 0 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 100 409600 50 0\n'

/** smaps of one mapping, all of it private; in kB. */
export function smapsOf(kilobytes: number, path = '/bin/one'): string {
  const range = `00400000-${(0x400000 + kilobytes * 1024).toString(16).padStart(8, '0')}`
  const fields = [['Size', kilobytes], ['Rss', kilobytes], ['Pss', kilobytes], ['Shared_Clean', 0], ['Shared_Dirty', 0],
    ['Private_Clean', 0], ['Private_Dirty', kilobytes], ['Swap', 0]]
  return `${range} rw-p 00000000 08:01 7 ${path}\n${fields.map(([name, value]) => `${name}: ${value} kB\n`).join('')}`
}

export function member(name: string, content: string | Uint8Array = '', more: Partial<TarMember> = {}): Buffer {
  const bytes = Buffer.from(content)
  const header = makeTarHeader({
    name, isDirectory: false, size: bytes.length, uid: 7, gid: 7, userName: '', mtime: 1_700_000_000, ...more,
  })
  return Buffer.concat([header, bytes, Buffer.alloc(padded(bytes.length) - bytes.length)])
}

export const END_OF_ARCHIVE = Buffer.alloc(1024)

export function processOf(pid: number, more: Partial<SnapshotProcess> & { pss?: number } = {}): SnapshotProcess {
  const { pss = 1000, ...rest } = more
  return {
    pid, ppid: 1, startTime: pid * 10, uid: 0, user: 'root', comm: `p${pid}`, commandLine: [`p${pid}`], cgroup: '/', threads: 1,
    state: 'S', kernelThread: false, rss: 2 * pss, usage: usageOf(pss), unavailable: null, costNs: 0, mappings: undefined, ...rest,
  }
}

export function usageOf(pss: number): MemoryUsage {
  return { uss: pss / 2, pss, rss: 2 * pss, swap: 0, source: 'rollup', costNs: 0 } as MemoryUsage
}

export function snapshotOf(processes: readonly SnapshotProcess[], takenAt = 1000): Snapshot {
  return { takenAt, meminfo: undefined, processes }
}
