import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'

const ROOT = new URL('../', import.meta.url)
/** By name of the package: what a user imports. */
const DOORS: Readonly<Record<string, string>> = {
  'smem-ts': 'src/index.ts', 'smem-ts/promises': 'src/promises.ts', 'smem-ts/watchdog': 'src/watchdog.ts',
  'smem-ts/worker': 'src/worker.ts', 'smem-ts/mold': 'src/mold.ts',
}

describe('the imports that the documents show', () => {
  const pages = ['README.md', ...readdirSync(new URL('docs/', ROOT)).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]
  for (const page of pages) {
    const text = readFileSync(new URL(page, ROOT), 'utf8')
    const imports = [...text.matchAll(/^ *import (type )?\{([^}]+)\} from '(smem-ts[^']*)'/gm)].filter(([, isType]) => isType === undefined)
    if (imports.length === 0) continue

    it(`are there: ${page}`, async () => {
      for (const [, , names = '', door = ''] of imports) {
        const source = DOORS[door] ?? assert.fail(`${door} is no entry of the package`)
        const exported = Object.keys(await import(new URL(source, ROOT).href) as object)
        const values = names.split(',').map((name) => name.trim().split(' as ')[0] ?? '').filter((name) => name !== '' && !name.startsWith('type '))
        assert.deepEqual(values.filter((name) => !exported.includes(name)), [], `${page}: import from '${door}'`)
      }
    })
  }
})
