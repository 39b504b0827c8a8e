import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { toAppUrl } from '../../src/mold/app_url.ts'
import { skip } from '../support/skip.ts'

const PLAIN = { execArgv: [], env: { NODE_OPTIONS: '' } }

describe('the module of an application', () => {
  it('is a file URL or a path', () => {
    for (const app of ['/app.js', 'file:///app.js', new URL('file:///app.js')]) assert.equal(toAppUrl(app, PLAIN), 'file:///app.js')
    assert.throws(() => toAppUrl('', PLAIN), { name: 'TypeError', message: /^"app" must be the file URL or the path of the module/ })
    assert.throws(() => toAppUrl(new URL('http://host/app.js'), PLAIN), { name: 'TypeError', message: /must be the URL of a file/ })
  })

  it('is no directory and no JSON', () => {
    const folder = mkdtempSync(join(tmpdir(), 'smem-ts-app-'))
    try {
      for (const app of [folder, pathToFileURL(folder)]) {
        assert.throws(() => toAppUrl(app, PLAIN), {
          name: 'TypeError', message: `"app" must be a module, got the directory '${folder}': name the file in it`,
        })
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
    assert.throws(() => toAppUrl('/app.json', PLAIN), {
      name: 'TypeError', message: "\"app\" must be a module that exports what defineApp returns, got JSON: '/app.json'",
    })
  })

  it('is TypeScript only where something makes JavaScript of it', function () {
    const refusal = { name: 'TypeError', message: /^"app" must be JavaScript, got '\/app\.[cm]?tsx?': compile it first/ }
    assert.throws(() => toAppUrl('/app.tsx', PLAIN), refusal)
    assert.equal(toAppUrl('/app.ts', { ...PLAIN, execArgv: ['--import', 'tsx'] }), 'file:///app.ts')
    assert.equal(toAppUrl('/app.ts', { ...PLAIN, env: { NODE_OPTIONS: '-r tsx/cjs' } }), 'file:///app.ts')
    if ((process.features as { typescript?: unknown }).typescript === 'strip') skip(this, 'this Node strips types')
    for (const app of ['/app.ts', '/app.mts', '/app.cts']) assert.throws(() => toAppUrl(app, PLAIN), refusal)
    assert.throws(() => toAppUrl('/app.ts', { ...PLAIN, execArgv: ['--title=--import-ant'] }), /22\.18 and later do$/)
  })
})
