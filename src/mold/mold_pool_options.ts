import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SmemError } from '../errors.ts'
import { checkInteger, checkOneOf, checkOptions, show, toMilliseconds, type Duration } from '../options.ts'
import { POOL_LIMIT_NAMES, toPoolLimits, type PoolLimitOptions, type PoolLimits } from '../pool/index.ts'
import { toAppUrl } from './app_url.ts'
import { inheritedExecArgv } from './exec_argv.ts'
import { checkOwner, type Owner } from './owner.ts'
import type { ListenTarget } from './sockets.ts'

/** A socket of the pool: a port, on all addresses or on one that is given by name or in figures, or a Unix socket. */
export type MoldListen =
  | { readonly port: number; readonly host?: string; readonly backlog?: number }
  | { readonly path: string; readonly backlog?: number }

const MODES = ['cow', 'spawn', 'auto'] as const

/**
 * `cow`: workers are copies of one process and share its memory. `spawn`: each is a process of its own that loads the application.
 * `auto`: `spawn` where copies cannot be made.
 */
export type MoldMode = (typeof MODES)[number]

export interface MoldPoolOptions extends PoolLimitOptions {
  /** The module whose export is what `defineApp` returns: a file URL or a path. */
  readonly app: URL | string
  /** How many workers there are. */
  readonly workers: number
  /** Where they listen; `worker.listen(server, 1)` takes the second one. */
  readonly listen: MoldListen | readonly MoldListen[]
  /** @default 'cow' */
  readonly mode?: MoldMode
  /**
   * Workers above `workers` at any moment, those that drain included.
   * @default 2 where workers are copies, which cost little beside those that they replace; otherwise 1
   */
  readonly maxSurge?: number
  /** What the processes are called in ps and top: 'title: worker 3 gen 2'. @default the file's name */
  readonly title?: string
  /** Of Node, for the mold. @default those of this process, without those of the inspector and of code on the command line */
  readonly execArgv?: readonly string[]
  /** Added to the environment of this process. @default {} */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * The user that mold and workers run as, for a supervisor that runs as root because of a port below 1024: a number, together with
   * `gid`. They have no other groups. @default that of this process
   */
  readonly uid?: number
  /** Their group, together with `uid`. @default that of this process */
  readonly gid?: number
  /** Has `start` end what it has started, and reject with the signal's reason. Nothing more once it has resolved. */
  readonly signal?: AbortSignal
  /** From the start of a mold to the end of `load` and `warm`. @default '2m' */
  readonly loadTimeout?: Duration
  /** From the order to fork to the child's first word; then the mold counts as hung. @default '20s' */
  readonly forkTimeout?: Duration
  /** For a worker to become a mold, beside the drain: `close` of the application, hooks, a full collection. @default '20s' */
  readonly promoteTimeout?: Duration
  /** For the first child of a new mold to try whether it works. @default '10s' */
  readonly canaryTimeout?: Duration
  /**
   * How long connections of HTTP/1 must have been idle before a worker that is to go closes them. A shorter time makes reforks
   * faster, and resets a request that a client sends at that very moment.
   * @default the keepAliveTimeout of the server, 5 s by Node's default, and a second
   */
  readonly closeIdleAfter?: Duration
}

/** The same, checked and complete; durations in milliseconds. */
export interface CheckedMoldPool {
  /** URL. */
  readonly app: string
  readonly workers: number
  readonly listen: readonly MoldListen[]
  readonly mode: MoldMode
  readonly title: string
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** undefined for the user of this process. */
  readonly owner: Owner | undefined
  readonly signal: AbortSignal | undefined
  readonly loadTimeout: number
  readonly forkTimeout: number
  readonly promoteTimeout: number
  readonly canaryTimeout: number
  /** undefined for the servers' own. */
  readonly closeIdleAfter: number | undefined
  readonly limitOptions: PoolLimitOptions
  readonly limits: PoolLimits
}

const OWN_NAMES = [
  'app', 'workers', 'listen', 'mode', 'title', 'execArgv', 'env', 'uid', 'gid', 'signal', 'loadTimeout', 'forkTimeout',
  'promoteTimeout', 'canaryTimeout', 'closeIdleAfter',
] as const satisfies readonly (keyof MoldPoolOptions)[]
const CALLER = 'MoldPool.start'
const MAX_WORKERS = 10_000

/** @throws {TypeError} that names the option and what it should be */
export function checkMoldPool(options: MoldPoolOptions): CheckedMoldPool {
  checkOptions(options, [...OWN_NAMES, ...POOL_LIMIT_NAMES], CALLER)
  const { workers, listen, mode = 'cow', execArgv = inheritedExecArgv(process.execArgv), env = {}, signal } = options
  checkInteger(workers, 'workers', 1, MAX_WORKERS)
  checkOneOf(mode, 'mode', MODES)
  if (!Array.isArray(execArgv) || !execArgv.every((argument) => typeof argument === 'string')) {
    throw new TypeError(`"execArgv" must be an array of strings, got ${show(execArgv)}`)
  }
  if (env === null || typeof env !== 'object' || Array.isArray(env)) {
    throw new TypeError(`"env" must be an object, got ${show(env)}`)
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`"signal" must be an AbortSignal, got ${show(signal)}`)
  }
  const app = toAppUrl(options.app, { execArgv, env })
  const title = options.title ?? basename(fileURLToPath(app)).replace(/\.\w+$/, '')
  if (typeof title !== 'string' || title === '') {
    throw new TypeError(`"title" must be a string that is not empty, got ${show(title)}`)
  }
  const limitOptions = Object.fromEntries(Object.entries(options).filter(([name]) => isLimit(name)))
  return {
    app, workers, mode, title, execArgv, env, signal, limitOptions,
    owner: checkOwner(options.uid, options.gid),
    listen: (Array.isArray(listen) ? listen as readonly MoldListen[] : [listen as MoldListen]).map(checkListen),
    loadTimeout: timeout(options.loadTimeout, '2m', 'loadTimeout'),
    forkTimeout: timeout(options.forkTimeout, '20s', 'forkTimeout'),
    promoteTimeout: timeout(options.promoteTimeout, '20s', 'promoteTimeout'),
    canaryTimeout: timeout(options.canaryTimeout, '10s', 'canaryTimeout'),
    closeIdleAfter: options.closeIdleAfter === undefined ? undefined : timeout(options.closeIdleAfter, 0, 'closeIdleAfter', 0),
    limits: toPoolLimits(options, CALLER),
  }
}

/**
 * Names become addresses: the first that the system gives.
 *
 * @throws {SmemError} `ENOTFOUND`, `EAI_AGAIN` and others of getaddrinfo(3)
 */
export async function toListenTarget(listen: MoldListen): Promise<ListenTarget> {
  if ('path' in listen || listen.host === undefined || isIP(listen.host) !== 0) return listen
  const { host, port } = listen
  try {
    return { ...listen, host: (await lookup(host)).address }
  } catch (error) {
    const { code = 'ENOTFOUND', errno, syscall } = error as NodeJS.ErrnoException
    const reason = "no address could be found for that name; an address in figures, such as '127.0.0.1', needs none"
    throw new SmemError(code, `cannot listen on ${host}, port ${port}: ${code} (${reason})`, {
      ...errno === undefined ? {} : { errno }, ...syscall === undefined ? {} : { syscall },
    })
  }
}

function checkListen(listen: unknown): MoldListen {
  checkOptions(listen, ['port', 'host', 'path', 'backlog'], '"listen"')
  const { port, path, host } = listen as Readonly<Record<string, unknown>>
  if ((port === undefined) === (path === undefined)) {
    const got = port === undefined ? 'neither' : 'both'
    throw new TypeError(`"listen" must have either a "port" or the "path" of a Unix socket, got ${got}`)
  }
  if (host !== undefined && (typeof host !== 'string' || host === '' || path !== undefined)) {
    throw new TypeError(`"host" of "listen" must be the name or the address for a port, got ${show(host)}`)
  }
  return listen as MoldListen
}

function isLimit(name: string): boolean {
  return (POOL_LIMIT_NAMES as readonly string[]).includes(name)
}

function timeout(value: unknown, fallback: Duration, name: string, min = 1): number {
  const ms = toMilliseconds(value === undefined ? fallback : value, name)
  if (Number.isFinite(ms) && ms >= min) return ms
  throw new TypeError(`"${name}" must be a finite time of at least ${min} ms, got ${show(value)}`)
}
