import type { HeapFigures } from '../../pool/index.ts'

/** `canary`: a child of a new mold that tries whether a copy of it works, and ends. */
export type Role = 'mold' | 'worker' | 'canary'

/** Who a process is, as it says when it has connected. */
export interface Hello {
  readonly type: 'hello'
  readonly token: string
  readonly role: Role
  readonly id: number
  readonly slot: number
  readonly generation: number
  readonly pid: number
}

/** What processes of a pool tell the supervisor. */
export type ProcessMessage =
  | Hello
  /** Of a mold: the application is loaded, workers may be forked. */
  | { readonly type: 'loaded' }
  /** Of a mold: the child that was asked for is there. */
  | { readonly type: 'forked'; readonly id: number; readonly pid: number }
  /** Of a mold: there is no such child, and why. */
  | { readonly type: 'forkFailed'; readonly id: number; readonly reason: string }
  /** Of a worker: it takes work. */
  | { readonly type: 'ready' }
  /** Of a worker. `unsafe`: what keeps it from being a mold, and will not pass by itself. */
  | { readonly type: 'report'; readonly requests: number; readonly heap: HeapFigures; readonly unsafe: readonly string[] }
  /** Of a worker: no connection is left, and the process is about to end. */
  | { readonly type: 'drained' }
  /** Of a worker that was to be a mold: it is one. */
  | { readonly type: 'promoted' }
  /** Of a canary: what did not work; empty when all did. */
  | { readonly type: 'checked'; readonly problems: readonly string[] }
  /** Of each: what it does now, and may take long; empty when it has done it, as is also told by what comes of it. */
  | { readonly type: 'stage'; readonly stage: string }
  /** Of each: it cannot go on, and ends. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'warning'; readonly warning: string }

/** To a mold: fork a child that will be this, within so long; then the mold counts as hung. */
export interface ForkRequest {
  readonly type: 'fork'
  readonly role: Role
  readonly id: number
  readonly slot: number
  readonly generation: number
  readonly timeoutMs: number
}

/** What the supervisor asks of them. `drain`, `promote` and `exit` of a process that has yet to connect wait until it has. */
export type SupervisorMessage =
  /** Report now, and then this often. */
  | { readonly type: 'welcome'; readonly reportEveryMs: number }
  | ForkRequest
  /** Take no new work, finish what there is, and end; after so long SIGTERM comes. */
  | { readonly type: 'drain'; readonly timeoutMs: number }
  /** Take no new work, finish what there is, and become the mold of this generation, within so long. */
  | { readonly type: 'promote'; readonly generation: number; readonly timeoutMs: number }
  /** End at once. */
  | { readonly type: 'exit' }

type Fields = Readonly<Record<string, unknown>>
type Parser<Message> = (fields: Fields) => Message | undefined

const MAX_TEXT = 4000
const MAX_TEXTS = 50
const ROLES: readonly unknown[] = ['mold', 'worker', 'canary'] satisfies Role[]

/** What a process said; undefined when it makes no sense. */
export function parseProcessMessage(value: unknown): ProcessMessage | undefined {
  return parse(value, PROCESS_PARSERS)
}

/** What the supervisor said; undefined when it makes no sense. */
export function parseSupervisorMessage(value: unknown): SupervisorMessage | undefined {
  return parse(value, SUPERVISOR_PARSERS)
}

const PROCESS_PARSERS: { readonly [Type in ProcessMessage['type']]: Parser<ProcessMessage> } = {
  hello: ({ token, role, id, slot, generation, pid }) => (
    typeof token === 'string' && isRole(role) && isCount(id) && isCount(slot) && isCount(generation) && isCount(pid) && pid > 0
      ? { type: 'hello', token, role, id, slot, generation, pid } : undefined),
  loaded: () => ({ type: 'loaded' }),
  forked: ({ id, pid }) => (isCount(id) && isCount(pid) && pid > 0 ? { type: 'forked', id, pid } : undefined),
  forkFailed: ({ id, reason }) => (isCount(id) && isText(reason) ? { type: 'forkFailed', id, reason } : undefined),
  ready: () => ({ type: 'ready' }),
  report: ({ requests, heap, unsafe }) => {
    const figures = toHeap(heap)
    return isCount(requests) && figures && areTexts(unsafe) ? { type: 'report', requests, heap: figures, unsafe } : undefined
  },
  drained: () => ({ type: 'drained' }),
  promoted: () => ({ type: 'promoted' }),
  checked: ({ problems }) => (areTexts(problems) ? { type: 'checked', problems } : undefined),
  stage: ({ stage }) => (isText(stage) ? { type: 'stage', stage } : undefined),
  failed: ({ reason }) => (isText(reason) ? { type: 'failed', reason } : undefined),
  warning: ({ warning }) => (isText(warning) ? { type: 'warning', warning } : undefined),
}

const SUPERVISOR_PARSERS: { readonly [Type in SupervisorMessage['type']]: Parser<SupervisorMessage> } = {
  welcome: ({ reportEveryMs }) => (
    isAmount(reportEveryMs) && reportEveryMs > 0 ? { type: 'welcome', reportEveryMs } : undefined),
  fork: ({ role, id, slot, generation, timeoutMs }) => (
    isRole(role) && isCount(id) && isCount(slot) && isCount(generation) && isAmount(timeoutMs)
      ? { type: 'fork', role, id, slot, generation, timeoutMs } : undefined),
  drain: ({ timeoutMs }) => (isAmount(timeoutMs) ? { type: 'drain', timeoutMs } : undefined),
  promote: ({ generation, timeoutMs }) => (
    isCount(generation) && isAmount(timeoutMs) ? { type: 'promote', generation, timeoutMs } : undefined),
  exit: () => ({ type: 'exit' }),
}

function parse<Message>(value: unknown, parsers: Readonly<Record<string, Parser<Message>>>): Message | undefined {
  if (value === null || typeof value !== 'object') return undefined
  const fields = value as Fields
  const { type } = fields
  return typeof type === 'string' && Object.hasOwn(parsers, type) ? parsers[type]?.(fields) : undefined
}

function toHeap(value: unknown): HeapFigures | undefined {
  if (value === null || typeof value !== 'object') return undefined
  const { usedHeapSize, totalHeapSize, heapSizeLimit, externalMemory, mallocedMemory } = value as Fields
  return isAmount(usedHeapSize) && isAmount(totalHeapSize) && isAmount(heapSizeLimit) && isAmount(externalMemory)
    && isAmount(mallocedMemory) ? { usedHeapSize, totalHeapSize, heapSizeLimit, externalMemory, mallocedMemory } : undefined
}

function isRole(value: unknown): value is Role {
  return ROLES.includes(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_TEXTS && value.every(isText)
}

/** The beginning of a text that is too long for a message. */
export function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 3)}...`
}
