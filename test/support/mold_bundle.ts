/** JavaScript files of the programs that a pool of molds runs: with tsx in them, molds would have a thread that cannot be forked. */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Two folders below the root, as the sources are: the addon is looked for from there, and the pool's program is beside it. */
const FOLDER = join(ROOT, 'build', 'mold')

export interface MoldPrograms {
  readonly primary: string
  /** What smem-ts on the command line is. */
  readonly command: string
  /** URLs of 'smem-ts/mold' and 'smem-ts/watchdog'. */
  readonly doors: Readonly<Record<'mold' | 'watchdog', string>>
  /** URL. */
  readonly app: URL
}

let built: Promise<MoldPrograms> | undefined

/** What these have in common is in files of its own: the application's hooks are those that the pool's program runs. */
export function bundleMold(): Promise<MoldPrograms> {
  built ??= make()
  return built
}

async function make(): Promise<MoldPrograms> {
  const { outputFiles } = await build({
    entryPoints: {
      entry: join(ROOT, 'src/mold/entry.ts'), entry_trial: join(ROOT, 'src/mold/entry_trial.ts'),
      app: join(ROOT, 'test/mold/apps/app.ts'), primary: join(ROOT, 'test/mold/apps/primary.ts'),
      mold: join(ROOT, 'src/mold.ts'), watchdog: join(ROOT, 'src/watchdog.ts'), command: join(ROOT, 'src/cli/main.ts'),
    },
    bundle: true, splitting: true, write: false, outdir: FOLDER, platform: 'node', format: 'esm', target: 'node20',
    external: ['node-gyp-build'],
  })
  for (const { path, text } of outputFiles) writeWhole(path, text)
  const url = (name: string): string => pathToFileURL(join(FOLDER, name)).href
  return {
    primary: join(FOLDER, 'primary.js'), command: join(FOLDER, 'command.js'),
    doors: { mold: url('mold.js'), watchdog: url('watchdog.js') }, app: new URL(url('app.js')),
  }
}

/** Another test file may run the same programs at the same time. */
function writeWhole(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  const unfinished = join(dirname(path), `.${basename(path)}-${randomUUID()}`)
  writeFileSync(unfinished, text)
  renameSync(unfinished, path)
}
