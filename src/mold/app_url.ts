import { statSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { show } from '../options.ts'

export interface AppSurroundings {
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Options that have Node load more than it does by itself. */
const LOADER = /(^|\s)(-r|--require|--import|--loader|--experimental-loader|--experimental-(strip|transform)-types)\b/
const TYPESCRIPT = /^\.[cm]?tsx?$/

/**
 * The URL of the application's module. What no process could load is refused here, with what to do: the processes would say it in
 * Node's words, again and again.
 *
 * @throws {TypeError}
 */
export function toAppUrl(app: unknown, { execArgv, env }: AppSurroundings): string {
  const url = toUrl(app)
  const path = fileURLToPath(url)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new TypeError(`"app" must be a module, got the directory ${show(path)}: name the file in it`)
  }
  const extension = extname(path)
  if (extension === '.json') {
    throw new TypeError(`"app" must be a module that exports what defineApp returns, got JSON: ${show(path)}`)
  }
  const options = [...execArgv, { ...process.env, ...env }['NODE_OPTIONS'] ?? ''].join(' ')
  if (TYPESCRIPT.test(extension) && !LOADER.test(options) && !stripsTypes(extension)) {
    throw new TypeError(`"app" must be JavaScript, got ${show(path)}: compile it first${
      extension.endsWith('x') ? '' : `; Node ${process.versions.node} does not strip types, 22.18 and later do`}`)
  }
  return url
}

function toUrl(app: unknown): string {
  if (app instanceof URL || (typeof app === 'string' && app.startsWith('file:'))) {
    const url = new URL(app)
    if (url.protocol === 'file:') return url.href
    throw new TypeError(`"app" must be the URL of a file, got '${url.href}'`)
  }
  if (typeof app === 'string' && app !== '') return pathToFileURL(app).href
  throw new TypeError(`"app" must be the file URL or the path of the module with the application, got ${show(app)}`)
}

/** Of this Node: those of the pool are the same. */
function stripsTypes(extension: string): boolean {
  const { typescript } = process.features as { readonly typescript?: unknown }
  return !extension.endsWith('x') && typeof typescript === 'string'
}
