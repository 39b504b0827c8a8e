import { strict as assert } from 'node:assert'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import ts from 'typescript'
import { PAGE_SCRIPT } from '../../../src/report/html/page_script.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** Where the script would be if it were a file: its comments name types by their paths from here. */
const FILE = resolve(ROOT, 'src/report/html/page_script_as_file.js')

describe('the script of the report page', () => {
  it('has no error that the compiler can find', () => {
    const options: ts.CompilerOptions = {
      allowJs: true, checkJs: true, noEmit: true, strict: true, noUncheckedIndexedAccess: true, noUnusedLocals: true,
      noUnusedParameters: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [],
      target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    }
    const host = ts.createCompilerHost(options)
    const { readFile, fileExists, getSourceFile } = host
    host.readFile = (path) => (path === FILE ? PAGE_SCRIPT : readFile(path))
    host.fileExists = (path) => path === FILE || fileExists(path)
    host.getSourceFile = (path, target, ...rest) => (path === FILE
      ? ts.createSourceFile(path, PAGE_SCRIPT, target)
      : getSourceFile.call(host, path, target, ...rest))
    const program = ts.createProgram([FILE], options, host)
    const errors = ts.getPreEmitDiagnostics(program).map(({ messageText, start = 0 }) => (
      `${ts.flattenDiagnosticMessageText(messageText, ' ')} at: ${PAGE_SCRIPT.slice(start, start + 60)}`))
    assert.deepEqual(errors, [])
  })

  it('keeps the rules of the linter', async () => {
    const eslint = new ESLint({
      cwd: ROOT,
      overrideConfigFile: true,
      overrideConfig: {
        languageOptions: { sourceType: 'script' },
        rules: {
          'no-eval': 'error', 'no-implied-eval': 'error', 'no-new-func': 'error', 'no-var': 'error', 'prefer-const': 'error',
          eqeqeq: 'error', 'no-unused-vars': 'error', 'no-shadow': 'error', semi: ['error', 'always'], quotes: ['error', 'single'],
          'max-len': ['error', { code: 132 }],
        },
      },
    })
    const [result] = await eslint.lintText(PAGE_SCRIPT)
    assert.deepEqual(result?.messages.map(({ line, message }) => `${line}: ${message}`), [])
  })

  it('makes no markup of text, and reaches for nothing', () => {
    const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\bfetch\b|XMLHttpRequest|WebSocket|\bimport\s*\(\s*['"]https?:/
    assert.doesNotMatch(PAGE_SCRIPT.replace(/\/\*\*.*?\*\//gs, ''), forbidden)
    assert.ok(!PAGE_SCRIPT.includes('</'), 'it would end its own element')
  })
})
