// Packs the package as it would be published, checks its file list, installs it with --ignore-scripts into an empty folder
// and uses it there: import, read, command, and once more with the prebuild taken away.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ALLOWED = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^dist\/[\w./-]+\.(c?js|d\.ts)$/,
  /^man\/smem-ts\.1$/,
  /^docs\/[\w-]+\.md$/,
  /^prebuilds\/linux-(x64|arm64)\/smem-ts\.(glibc|musl)\.node$/,
]
const REQUIRED = [
  'package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'dist/promises.js',
  'dist/promises.d.ts', 'dist/cli/main.cjs', 'man/smem-ts.1', `prebuilds/linux-${process.arch}/smem-ts.glibc.node`,
]

const folder = mkdtempSync(join(tmpdir(), 'smem-ts-tarball-'))
try {
  run('npm', ['run', 'prebuild'])
  run('npm', ['run', 'build:ts'])
  const [packed] = JSON.parse(run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]))
  checkFiles(packed.files.map(({ path }) => path))

  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  run('npm', ['install', '--ignore-scripts', '--no-package-lock', resolve(folder, packed.filename)], folder)
  writeFileSync(join(folder, 'use.js'), `
    import { readSmaps, support } from 'smem-ts'
    import { readSmaps as readSmapsAsync } from 'smem-ts/promises'
    import { watchdog } from 'smem-ts/watchdog'
    import { attachWorker } from 'smem-ts/worker'
    if (attachWorker().attached || typeof watchdog !== 'function') throw new Error('no doors')
    const { rss } = readSmaps()
    if (!(rss > 0) || !((await readSmapsAsync()).pss > 0)) throw new Error('no figures')
    console.log(support().backend)
  `)
  assert.equal(run('node', ['use.js'], folder).trim(), 'native')
  assert.match(run('npx', ['smem-ts'], folder), /USS +PSS +RSS/)
  rmSync(join(folder, 'node_modules', 'smem-ts', 'prebuilds'), { recursive: true })
  assert.equal(run('node', ['use.js'], folder).trim(), 'typescript')

  const { size, unpackedSize, files } = packed
  console.log(`tarball: ${files.length} files, ${size} bytes packed, ${unpackedSize} unpacked; installs, imports, reads`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function checkFiles(paths) {
  const strangers = paths.filter((path) => !ALLOWED.some((pattern) => pattern.test(path)))
  assert.deepEqual(strangers, [], 'files that do not belong into the tarball')
  const missing = REQUIRED.filter((path) => !paths.includes(path))
  assert.deepEqual(missing, [], 'files that the tarball lacks')
  const { exports, bin } = JSON.parse(readFileSync('package.json', 'utf8'))
  const targets = [...Object.values(exports).flatMap((target) => Object.values(target)), ...Object.values(bin)]
  for (const target of targets.filter((path) => path.startsWith('./dist') || path.startsWith('dist'))) {
    assert.ok(paths.includes(target.replace(/^\.\//, '')), `${target} is exported and not packed`)
  }
}

function run(command, args, cwd = process.cwd()) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
