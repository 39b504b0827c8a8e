import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type FrozenTree = 'linux-4.4' | 'linux-5.10' | 'linux-6.1' | 'linux-6.12' | 'linux-6.18' | 'android' | 'gvisor'

/** A committed /proc tree: files as such a kernel shows them. */
export function frozenTree(name: FrozenTree): string {
  return fileURLToPath(new URL(`../fixtures/proc/${name}`, import.meta.url))
}

/** A /proc tree to be filled by a test; removed when disposed of. */
export class TemporaryTree implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'smem-ts-proc-'))

  /** Writes files of one process; those that every reader needs have usable defaults. */
  write(pid: number, files: Readonly<Record<string, string>>): void {
    const folder = join(this.root, String(pid))
    mkdirSync(folder, { recursive: true })
    const zeros = Array.from({ length: 30 }, () => '0').join(' ')
    const stat = `${pid} (made up) S 1 ${pid} ${pid} 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 100 ${zeros}\n`
    const all = { stat, statm: '100 50 20 1 0 30 0\n', cmdline: 'made\0up\0', cgroup: '0::/\n', ...files }
    for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text)
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
