// Makes the command quick to start: one CommonJS file, which Node loads without its module loader's round trips, and in which the
// code of each command runs when it is asked for; and a first file that has Node keep what it compiled (from 22.8 on).
import { build } from 'esbuild'
import { rmSync, writeFileSync } from 'node:fs'

rmSync('dist/cli', { recursive: true, force: true })
await build({
  entryPoints: ['src/cli/main.ts'],
  // Two folders below the package's root, as the sources are: the addon is looked for from there.
  outfile: 'dist/cli/cli.cjs',
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  external: ['node-gyp-build'],
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
})
writeFileSync('dist/cli/main.cjs', `#!/usr/bin/env node
require('node:module').enableCompileCache?.()
require('./cli.cjs')
`)
