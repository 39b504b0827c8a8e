import { closeSync, lstatSync, type Stats } from 'node:fs'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { SmemError, codeOf } from '../errors.ts'
import { backend, type SocketCalls } from '../native/index.ts'
import { checkInteger, checkOptions, checkPath, show } from '../options.ts'

/** Where a socket listens: a port and an address, or the path of a Unix socket. */
export type ListenTarget = TcpTarget | UnixTarget

export interface TcpTarget {
  /** 0: one that is free. */
  port: number
  /** An IP address in figures, not a name. @default every address, of IPv6 and IPv4, where there is IPv6 */
  host?: string
  /** Connections that wait to be accepted; the kernel has a limit of its own, net.core.somaxconn. @default 511 */
  backlog?: number
}

export interface UnixTarget {
  /** Of the socket file; one that nobody listens on any more is replaced. Up to 107 bytes. */
  path: string
  /** As above. @default 511 */
  backlog?: number
}

/** A socket that is bound and listens, for others to accept from: this process must not. */
export interface ListeningSocket extends Disposable {
  /** Closed on exec, unless it is handed to a child as stdio. */
  readonly fd: number
  /** undefined for a Unix socket. */
  readonly port: number | undefined
  /** Of a Unix socket. */
  readonly path: string | undefined
  /**
   * Has the socket take no new connections, in whatever process it is open: clients are refused from here on. Those that wait to be
   * accepted have 100 ms for it; then those of TCP are reset. Servers that accept from it should be closed soon after: until then
   * they look for connections all the time, and find none. The file of a Unix socket stays.
   */
  stop(): Promise<void>
  /** Closes the descriptor; the socket itself lives as long as another process has it. The file of a Unix socket stays. */
  close(): void
}

/**
 * Binds a socket and listens, without accepting: net.Server would accept connections that nobody here answers.
 *
 * @throws {TypeError} when an option is wrong
 * @throws {SmemError} `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, ...: as from bind(2) and listen(2); `ERR_FORK_UNSUPPORTED` without
 *   the addon
 */
export function listenSocket(target: ListenTarget): ListeningSocket {
  checkTarget(target)
  const { backlog = DEFAULT_BACKLOG } = target
  return 'path' in target ? listenUnix(target, backlog) : listenTcp(target, backlog)
}

/**
 * Another descriptor of the same file, closed on exec: server.close() closes the descriptor that it was given, and the next
 * generation needs it.
 *
 * @throws {SmemError} `EBADF`: it is not open; `EMFILE`: too many are
 */
export function duplicateDescriptor(fd: number): number {
  checkInteger(fd, 'fd', 0, MAX_DESCRIPTOR)
  const duplicate = calls().duplicate(fd)
  if (duplicate < 0) throw toError(-duplicate, 'fcntl', `cannot duplicate descriptor ${fd}`)
  return duplicate
}

/**
 * What `stop()` of a socket does, by any descriptor of it, and without waiting. Of one that does not listen, and without the addon,
 * nothing.
 *
 * @throws {SmemError} `EBADF`: it is not open; `ENOTSOCK`
 */
export function stopListening(fd: number): void {
  checkInteger(fd, 'fd', 0, MAX_DESCRIPTOR)
  const errno = backend().sockets?.stopListening(fd) ?? 0
  if (errno !== 0) throw toError(errno, 'shutdown', `cannot stop descriptor ${fd} from listening`)
}

/** @throws {TypeError} */
export function checkTarget(target: ListenTarget): void {
  checkOptions(target, ['port', 'host', 'path', 'backlog'], 'listenSocket')
  checkInteger(target.backlog ?? DEFAULT_BACKLOG, 'backlog', 1, MAX_BACKLOG)
  if ('path' in target) {
    if ('port' in target || 'host' in target) throw new TypeError('"path" and "port" exclude each other')
    checkPath(target.path, 'path')
    return
  }
  const { host = '', port } = target
  checkInteger(port, 'port', 0, MAX_PORT)
  if (host !== '' && (typeof host !== 'string' || isIP(host) === 0)) {
    throw new TypeError(`"host" must be an IP address such as '127.0.0.1' or '::', got ${show(host)}`)
  }
}

/** What is said of a bind(2) or listen(2) that failed. */
export function listenError(errno: number, target: ListenTarget): SmemError {
  if ('path' in target) {
    const what = `cannot listen on ${target.path}`
    const inTheWay = codeOf(errno) === 'EADDRINUSE' ? fileInTheWay(target.path) : undefined
    return inTheWay === undefined ? toError(errno, 'listen', what)
      : new SmemError('EADDRINUSE', `${what}: EADDRINUSE (${inTheWay})`, { errno: -errno, syscall: 'listen' })
  }
  const { host = '', port } = target
  return toError(errno, 'listen', `cannot listen on ${host === '' ? 'port' : `${host}, port`} ${port}`)
}

/** bind(2) says the same of a socket that another listens on and of whatever else has that name; undefined for a socket. */
function fileInTheWay(path: string): string | undefined {
  const stats = lookAt(path)
  if (stats === undefined || stats.isSocket()) return undefined
  if (stats.isDirectory()) return 'that is a directory: name a file in it, which need not be there'
  const kind = stats.isSymbolicLink() ? 'a symbolic link' : stats.isFile() ? 'a file' : 'something else'
  return `${kind} is there, and no socket: remove it if nobody needs it, or give another path`
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** As Node's own. */
export const DEFAULT_BACKLOG = 511
const MAX_BACKLOG = 2 ** 31 - 1
const MAX_DESCRIPTOR = 2 ** 31 - 1
const MAX_PORT = 65_535
/** A connection is accepted in the server's next turn, as a rule. */
const ACCEPT_MS = 100
const LOOK_MS = 2

function listenTcp(target: TcpTarget, backlog: number): ListeningSocket {
  const report = calls().listenTcp(target.host ?? '', target.port, backlog)
  if (typeof report === 'number') throw listenError(report, target)
  return toSocket(report.fd, report.port, undefined)
}

function listenUnix(target: UnixTarget, backlog: number): ListeningSocket {
  const report = calls().listenUnix(target.path, backlog)
  if (typeof report === 'number') throw listenError(report, target)
  return toSocket(report.fd, undefined, target.path)
}

function toSocket(fd: number, port: number | undefined, path: string | undefined): ListeningSocket {
  let isOpen = true
  const close = (): void => {
    if (isOpen) closeSync(fd)
    isOpen = false
  }
  const stop = async (): Promise<void> => {
    const deadline = performance.now() + ACCEPT_MS
    while (isOpen && calls().waiting(fd) > 0 && performance.now() < deadline) await sleep(LOOK_MS)
    if (isOpen) stopListening(fd)
  }
  return { fd, port, path, stop, close, [Symbol.dispose]: close }
}

function calls(): SocketCalls {
  const { sockets } = backend()
  if (sockets === undefined) throw new SmemError('ERR_FORK_UNSUPPORTED', 'sockets for copy-on-write workers need the addon')
  return sockets
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'EADDRINUSE (another process listens there)',
  EADDRNOTAVAIL: 'EADDRNOTAVAIL (no interface of this machine has that address)',
  EACCES: 'EACCES (this user may not; ports below 1024 need CAP_NET_BIND_SERVICE)',
  ENAMETOOLONG: 'ENAMETOOLONG (the path of a Unix socket has at most 107 bytes)',
}

function toError(errno: number, syscall: string, what: string): SmemError {
  const code = codeOf(errno)
  return new SmemError(code, `${what}: ${WHY[code] ?? code}`, { errno: -errno, syscall })
}
