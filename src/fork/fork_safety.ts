import { readdirSync, readFileSync } from 'node:fs'
import { url as inspectorUrl } from 'node:inspector'
import { backend } from '../native/index.ts'
import { checkOptions, show } from '../options.ts'
import { escapeText } from '../unsafe_text.ts'
import { readConnections, type Connection } from './connections.ts'
import { connectedAt } from './connection_origins.ts'
import { listDescriptors, socketInode } from './descriptors.ts'
import { liveWorkers } from './fork_watch.ts'

export interface ForkSafetyOptions {
  /** Descriptors that the child knows about and closes, or is meant to share: no finding. @default none, beside 0, 1 and 2 */
  allowedDescriptors?: readonly number[]
}

/**
 * `connection`: a socket that parent and child would both read. `request`: something of the file system, name resolution,
 * crypto or zlib under way, whose callback would run in both. `child-process`, `worker-thread`, `inspector`, `io_uring`: of the
 * parent, and not carried over; so are an `inotify` that watches (fs.watch) and a `timerfd`. `marked`: a library said so, by
 * `markForkUnsafe`.
 */
export type ForkHazardKind =
  | 'connection' | 'request' | 'child-process' | 'worker-thread' | 'inspector' | 'inotify' | 'timerfd' | 'io_uring' | 'marked'

/** Why this process must not be forked now. */
export interface ForkHazard {
  readonly kind: ForkHazardKind
  /** A sentence for people, safe to show. */
  readonly text: string
  /** The descriptor, when it is about one. */
  readonly descriptor?: number
}

/**
 * What stands against forking this process now; empty when nothing does. Costs less than a millisecond, and some more when there
 * are sockets that are not allowed, for the kernel's tables of connections are read then. Worker threads are seen, and where
 * connections were opened is told, when `prepareForFork` ran before.
 *
 * @throws {TypeError} when an option is wrong
 */
export function checkForkSafety(options: ForkSafetyOptions = {}): ForkHazard[] {
  checkOptions(options, ['allowedDescriptors'], 'checkForkSafety')
  const { allowedDescriptors = [] } = options
  return [
    ...openConnections(new Set([...STDIO, ...allowedDescriptors])), ...pendingRequests(), ...childProcesses(), ...workerThreads(),
    ...inspector(), ...kernelObjects(), ...marks(),
  ]
}

/** Of these, what no close() of an application ends: a worker that has any will not become a mold. */
export function lastingHazards(): ForkHazard[] {
  return [...inspector(), ...kernelObjects().filter(({ kind }) => kind === 'io_uring'), ...marks()]
}

/** Takes the mark off. */
export type RemoveMark = () => void

/**
 * For libraries: this process must not be forked, until what this returns is called. For what nobody else can see, such as a
 * native client with threads of its own.
 */
export function markForkUnsafe(reason: string): RemoveMark {
  if (typeof reason !== 'string' || reason === '') {
    throw new TypeError(`"reason" must be a string that is not empty, got ${show(reason)}`)
  }
  const mark = { reason }
  marksOfProcess().add(mark)
  return () => void marksOfProcess().delete(mark)
}

const STDIO = [0, 1, 2]

function openConnections(allowed: ReadonlySet<number>): ForkHazard[] {
  const sockets = listDescriptors().filter((descriptor) => socketInode(descriptor) !== undefined)
  // Another descriptor of a socket that is allowed is allowed too.
  const allowedInodes = new Set(sockets.filter(({ fd }) => allowed.has(fd)).map(socketInode))
  const others = sockets.filter((socket) => !allowedInodes.has(socketInode(socket)))
  if (others.length === 0) return []
  const connections = readConnections()
  return others.flatMap((socket): ForkHazard[] => {
    const connection = connections.get(socketInode(socket) ?? '')
    return connection === undefined ? [] : [toHazard(socket.fd, connection)]
  })
}

function toHazard(fd: number, { protocol, peer }: Connection): ForkHazard {
  const place = connectedAt(fd)
  const to = peer === undefined ? '' : ` to ${escapeText(peer)}`
  const origin = place === undefined ? '' : `, opened at ${escapeText(place)}`
  return { kind: 'connection', text: `descriptor ${fd} is a ${protocol} connection${to}${origin}`, descriptor: fd }
}

/** Names of requests, for the text; those of crypto, zlib and WebAssembly have none. A CloseReq may be over. */
const REQUEST = /^(?!CloseReq).*Req(uest|Wrap|Callback|Promise)?$/i

function pendingRequests(): ForkHazard[] {
  const count = backend().fork?.activeRequests() ?? 0
  if (count === 0) return []
  const names = [...new Set(process.getActiveResourcesInfo().filter((name) => REQUEST.test(name)))]
  const what = names.length === 0 ? 'such as crypto or zlib' : names.join(', ')
  return [{ kind: 'request', text: `${count} request${count === 1 ? ' is' : 's are'} under way: ${what}` }]
}

/** Those that the kernel lists, and where it has no list (CONFIG_PROC_CHILDREN), those that Node waits for. */
function childProcesses(): ForkHazard[] {
  const children = readdirSync('/proc/self/task').flatMap((thread) => readChildren(thread))
  if (children.length > 0) {
    return children.map((pid) => ({ kind: 'child-process', text: `process ${pid} is a child of this one` }))
  }
  const count = process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length
  return count === 0 ? [] : [{ kind: 'child-process', text: `this process has child processes: ${count}` }]
}

function readChildren(thread: string): string[] {
  try {
    return readFileSync(`/proc/self/task/${thread}/children`, 'latin1').split(' ').filter((pid) => pid !== '')
  } catch {
    return []
  }
}

function workerThreads(): ForkHazard[] {
  return liveWorkers().map((id) => ({ kind: 'worker-thread', text: `worker thread ${id} is running` }))
}

function inspector(): ForkHazard[] {
  const url = inspectorUrl()
  return url === undefined ? [] : [{ kind: 'inspector', text: `the inspector listens on ${url}` }]
}

/** Objects that can be neither copied nor shared, by what /proc/self/fd calls them. */
const UNCOPIED: readonly { name: RegExp, kind: ForkHazardKind, when: RegExp, what: string }[] = [
  { name: /^anon_inode:\[?inotify/, kind: 'inotify', when: /^inotify wd:/m, what: 'an inotify that watches: close what fs.watch returned' },
  { name: /^anon_inode:\[timerfd\]/, kind: 'timerfd', when: /^/, what: 'a timerfd' },
  {
    name: /^anon_inode:\[io_uring\]/, kind: 'io_uring', when: /^SqThread:\t\d/m,
    what: 'an io_uring with a kernel thread of its own (unset UV_USE_IO_URING)',
  },
]

function kernelObjects(): ForkHazard[] {
  return listDescriptors().flatMap(({ fd, target }) => {
    const found = UNCOPIED.find(({ name, when }) => name.test(target) && when.test(readInfo(fd)))
    return found === undefined ? [] : [{ kind: found.kind, descriptor: fd, text: `descriptor ${fd} is ${found.what}` }]
  })
}

/** Empty when another thread has closed it meanwhile. */
function readInfo(fd: number): string {
  try {
    return readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')
  } catch {
    return ''
  }
}

function marks(): ForkHazard[] {
  return [...marksOfProcess()].map(({ reason }) => ({ kind: 'marked', text: escapeText(reason) }))
}

interface Mark {
  readonly reason: string
}

/** Of the process, not of this module: a library may bring its own copy of smem-ts. */
const MARKS = Symbol.for('smem-ts.fork-unsafe')

function marksOfProcess(): Set<Mark> {
  const holder = globalThis as { [MARKS]?: Set<Mark> }
  return holder[MARKS] ??= new Set()
}
