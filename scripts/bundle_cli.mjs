// Makes the command quick to start. Its code is CommonJS, which Node loads without its module loader's round trips. One file,
// cli.cjs, has what the listing needs, and each other command has a file that is compiled when it runs. What several files use is
// in cli.cjs, or in a file of its own, never twice: an error is of the same class everywhere. main.cjs, which comes first, has
// Node keep what it compiled (from 22.8 on).
import { build } from 'esbuild'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const COMMON = { bundle: true, platform: 'node', target: 'node20.19', minify: true, legalComments: 'none', logLevel: 'warning' }
/** Two folders below the package's root, as the sources are: the addon is looked for from there. */
const OUTPUT = 'dist/cli'
/** More than this is worth a file of its own, which takes a third of a millisecond to find and to open. */
const SMALL_BYTES = 4000

rmSync(OUTPUT, { recursive: true, force: true })
const parts = mkdtempSync(join(tmpdir(), 'smem-ts-bundle-'))
try {
  await bundle(await splitInto(parts))
} finally {
  rmSync(parts, { recursive: true, force: true })
}
writeFileSync(join(OUTPUT, 'main.cjs'), `#!/usr/bin/env node
require('node:module').enableCompileCache?.()
require('./cli.cjs')
`)

/** ES modules, split at each `import()`, which is all that esbuild can split. Returns what is known of them by file name. */
async function splitInto(outdir) {
  const { metafile } = await build({
    ...COMMON, entryPoints: ['src/cli/main.ts'], outdir, format: 'esm', splitting: true, chunkNames: '[name]-[hash]',
    metafile: true, define: { 'import.meta.url': 'moduleUrl' },
  })
  return new Map(Object.entries(metafile.outputs).map(([path, part]) => [basename(path), part]))
}

async function bundle(known) {
  const inCore = coreOf(known)
  const others = [...known.keys()].filter((name) => !inCore.has(name))
  const used = [...inCore].filter((name) => others.some((other) => importsOf(known.get(other)).includes(name)))
  const plugin = partPlugin(inCore)
  const options = {
    ...COMMON, format: 'cjs', outdir: OUTPUT, outExtension: { '.js': '.cjs' }, plugins: [plugin],
    // Makes `import()` of a file a `require` of it.
    supported: { 'dynamic-import': false },
    banner: { js: "const moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
  }
  const core = [...used.map((name) => `export * as ${keyOf(name)} from './${name}'`), "import './main.js'"].join('\n')
  writeFileSync(join(parts, 'cli.js'), core)
  await build({ ...options, entryPoints: [join(parts, 'cli.js')] })
  await build({ ...options, entryPoints: others.map((name) => join(parts, name)) })
}

/** What the start and the listing load, and small parts that several commands have in common. */
function coreOf(known) {
  const list = [...known].find(([, { entryPoint }]) => entryPoint === 'src/cli/list.ts')
  const core = new Set(['main.js', list[0]])
  for (const name of core) importsOf(known.get(name)).forEach((imported) => core.add(imported))
  for (const [name, part] of known) {
    const isSmall = part.entryPoint === undefined && part.bytes < SMALL_BYTES
    if (isSmall && importsOf(part).every((imported) => core.has(imported))) core.add(name)
  }
  return core
}

function importsOf({ imports }) {
  return imports.filter(({ kind, external }) => kind === 'import-statement' && !external).map(({ path }) => basename(path))
}

/** How cli.cjs calls the exports of one of its parts. */
function keyOf(name) {
  return name.replaceAll(/\W/g, '_')
}

/** Between the files parts are required; what is in cli.cjs is taken from its exports. */
function partPlugin(inCore) {
  return {
    name: 'parts',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/[^/]+\.js$/ }, ({ path, importer }) => {
        const [from, name] = [basename(importer), basename(path)]
        if (inCore.has(name)) return inCore.has(from) || from === 'cli.js' ? undefined : { path: name, namespace: 'core' }
        return { path: path.replace(/js$/, 'cjs'), external: true }
      })
      onResolve({ filter: /^\.\/cli\.cjs$/ }, ({ path }) => ({ path, external: true }))
      onLoad({ filter: /.*/, namespace: 'core' }, ({ path }) => ({ contents: `module.exports = require('./cli.cjs').${keyOf(path)}` }))
    },
  }
}
