import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SOURCE = fileURLToPath(new URL('../native/obstacles.c', import.meta.url))
const COMPILE_MS = 1000 * 60

/** What puts obstacles into the way of forks: native/obstacles.c, preloaded into a Node that has this environment. */
export interface Obstacles {
  readonly env: { readonly LD_PRELOAD: string, readonly OBSTACLES: string }
  /** One of the commands that the source lists, for processes that run, and those that will. */
  put(command: string): void
  remove(): void
}

export async function compileObstacles(): Promise<Obstacles> {
  const folder = mkdtempSync(join(tmpdir(), 'smem-ts-obstacles-'))
  const library = join(folder, 'obstacles.so')
  const flags = ['-std=gnu11', '-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-pthread']
  await promisify(execFile)(process.env['CC'] ?? 'cc', [...flags, SOURCE, '-o', library], { timeout: COMPILE_MS })
  const commands = join(folder, 'commands')
  writeFileSync(commands, '')
  writeFileSync(`${commands}.done`, '')
  return {
    env: { LD_PRELOAD: library, OBSTACLES: commands },
    put: (command) => writeFileSync(commands, command),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
