import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, renameSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCES = fileURLToPath(new URL('../native', import.meta.url))
const OUTPUT = fileURLToPath(new URL('../../build/bench', import.meta.url))

/** Path of the victim program, compiled when its source is newer. */
export function buildVictim(): string {
  return build('victim.c', 'victim', process.env['CC'] ?? 'cc', ['-std=gnu11'])
}

/** Path of the baseline addon, compiled when its source is newer. */
export function buildBaseline(): string {
  const { include_dir: napiHeaders } = createRequire(import.meta.url)('node-addon-api') as { include_dir: string }
  return build('baseline.cc', 'baseline.node', process.env['CXX'] ?? 'c++', [
    '-std=c++17', '-fPIC', '-shared', '-pthread', '-fno-exceptions', '-fno-rtti',
    '-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS', '-I', nodeHeaders(), '-I', napiHeaders,
  ])
}

function build(source: string, output: string, compiler: string, flags: readonly string[]): string {
  const from = join(SOURCES, source)
  const to = join(OUTPUT, output)
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return to
  mkdirSync(OUTPUT, { recursive: true })
  // Renamed into place, so that a second run that starts meanwhile never loads half a file.
  const unfinished = `${to}.${process.pid}`
  execFileSync(compiler, ['-O3', '-Wall', '-Wextra', '-Wno-unused-parameter', ...flags, from, '-o', unfinished], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  renameSync(unfinished, to)
  return to
}

/** Node-API's headers: where npm was told they are, beside this node, or where node-gyp and packages put them. */
function nodeHeaders(): string {
  const nodedir = process.env['npm_config_nodedir']
  const candidates = [
    ...(nodedir === undefined ? [] : [join(nodedir, 'include/node'), join(nodedir, 'src')]),
    join(dirname(realpathSync(process.execPath)), '../include/node'),
    join(homedir(), '.cache/node-gyp', process.versions.node, 'include/node'),
    '/usr/include/node',
    '/usr/include/nodejs/src',
  ]
  const found = candidates.find((directory) => existsSync(join(directory, 'node_api.h')))
  if (found !== undefined) return found
  throw new Error(`no node_api.h in ${candidates.join(', ')}; run node-gyp install, or set npm_config_nodedir`)
}
