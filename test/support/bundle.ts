import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** As deep as src/native is: a bundled program finds the addon where its sources do. */
const BUILD = fileURLToPath(new URL('../../build/bundles/', import.meta.url))

/**
 * Makes one JavaScript file of a program in TypeScript and returns its path: tests that start dozens of processes cannot have each
 * compile its sources.
 */
export async function bundle(source: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(source)], bundle: true, write: false, platform: 'node', format: 'esm', target: 'node20',
    external: ['node-gyp-build'],
  })
  const text = outputFiles[0]?.text ?? ''
  const name = basename(source.pathname, '.ts')
  const path = join(BUILD, `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.mjs`)
  if (!existsSync(path)) {
    mkdirSync(BUILD, { recursive: true })
    const unfinished = join(BUILD, `.${name}-${randomUUID()}`)
    writeFileSync(unfinished, text)
    renameSync(unfinished, path)
  }
  return path
}
