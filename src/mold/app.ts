import type { Server } from 'node:net'
import { checkOptions, show } from '../options.ts'

/** What a worker is told of itself. */
export interface MoldWorker {
  /** Never used twice in a pool. */
  readonly id: number
  /** Its place in the pool, from 0; a replacement takes over the place. */
  readonly slot: number
  /** Of the mold that it was forked from; 0 for the workers of the start. */
  readonly generation: number
  /** It has been asked to end, or to become the next mold. */
  readonly draining: boolean
  /**
   * Has the server (http, https, http2 or net) listen on a socket of the pool; `which` is its place in the pool's `listen`.
   *
   * @throws {RangeError} when the pool has no such socket
   */
  listen(server: Server, which?: number): Promise<void>
}

/** What a worker has started, and how it is ended. */
export interface StartedApp {
  /** Called when the worker is to end, as its servers have been closed: ends what does not end by itself, such as WebSockets. */
  drain?(info: { readonly timeoutMs: number }): unknown
  /**
   * Called when the last connection has gone. Closes what `start` has opened: a worker that becomes a mold must have no connection,
   * no timer and no child process left.
   */
  close?(): unknown
}

/** An application whose workers are copies of one process. `Loaded` is what `load` makes: all workers share its memory. */
export interface MoldApp<Loaded = unknown> {
  /** Once, in the first mold: modules, caches, templates. Opens no connection that it does not close. */
  load(): Loaded | Promise<Loaded>
  /** After `load`: exercises the application, so that its code is compiled. */
  warm?(loaded: Loaded): unknown
  /** In each worker, after its fork. The worker is ready when this is settled. */
  start(loaded: Loaded, worker: MoldWorker): StartedApp | undefined | Promise<StartedApp | undefined>
  /** In the first child of a new mold, before the others are forked: throws when the application does not work there. */
  check?(loaded: Loaded): unknown
}

const METHODS = ['load', 'warm', 'start', 'check'] as const

/**
 * Names the parts of an application for a `MoldPool`; the module exports what this returns, as default or as `app`.
 *
 * @throws {TypeError} when a part is missing, unknown or no function
 */
export function defineApp<Loaded>(app: MoldApp<Loaded>): MoldApp<Loaded> {
  checkApp(app)
  return app
}

/** The application of a module. @throws {TypeError} when it exports none */
export function appOf(module: Readonly<Record<string, unknown>>, path: string): MoldApp {
  const candidates = [module['default'], (module['default'] as { default?: unknown } | undefined)?.default, module['app']]
  const app = candidates.find((candidate) => candidate !== undefined && candidate !== null && typeof candidate === 'object'
    && 'start' in candidate)
  if (app === undefined) {
    throw new TypeError(`${path} exports no application: its default export must be what defineApp({ load, start }) returns`)
  }
  checkApp(app)
  return app
}

function checkApp(app: unknown): asserts app is MoldApp {
  checkOptions(app, METHODS, 'defineApp')
  for (const name of METHODS) {
    const method = (app as Readonly<Record<string, unknown>>)[name]
    const isOptional = name === 'warm' || name === 'check'
    if (typeof method === 'function' || (isOptional && method === undefined)) continue
    throw new TypeError(`"${name}" of defineApp must be a function, got ${show(method)}`)
  }
}
