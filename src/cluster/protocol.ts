/** What a primary and the worker half say to each other over node:cluster's channel, among whatever else goes over it. */
import type { HeapFigures } from '../pool/index.ts'

/** The key that marks a message as ours, and the version it has. */
const MARK = 'smem-ts'
const VERSION = 1

export type WorkerMessage =
  /** The worker half is there. `manual`: only `ready` makes the worker ready, not that it listens. `ready`: it was said already. */
  | { readonly type: 'hello'; readonly manual: boolean; readonly ready: boolean }
  | { readonly type: 'ready' }
  | { readonly type: 'report'; readonly requests: number; readonly heap: HeapFigures }
  /** No connection is left; the worker disconnects. */
  | { readonly type: 'drained' }
  /** The worker half is there no more. */
  | { readonly type: 'detached' }

export type PrimaryMessage =
  /** The primary listens: say hello again if need be, and report this often. */
  | { readonly type: 'welcome'; readonly reportEveryMs: number }
  /** Take no new work, finish what there is, and end; after so long the worker is sent SIGTERM. */
  | { readonly type: 'drain'; readonly timeoutMs: number }

const HEAP_NAMES: readonly (keyof HeapFigures)[] = [
  'usedHeapSize', 'totalHeapSize', 'heapSizeLimit', 'externalMemory', 'mallocedMemory',
]

/** The message as it goes over the channel. */
export function envelope(message: WorkerMessage | PrimaryMessage): Record<string, unknown> {
  return { [MARK]: VERSION, ...message }
}

/** What a worker said; undefined for messages of others, and for those that make no sense: workers run foreign code. */
export function parseWorkerMessage(value: unknown): WorkerMessage | undefined {
  const fields = openEnvelope(value)
  switch (fields?.['type']) {
    case 'hello':
      return { type: 'hello', manual: fields['manual'] === true, ready: fields['ready'] === true }
    case 'report':
      return parseReport(fields)
    case 'ready':
    case 'drained':
    case 'detached':
      return { type: fields['type'] }
    default:
      return undefined
  }
}

/** What the primary said; undefined for messages of others. */
export function parsePrimaryMessage(value: unknown): PrimaryMessage | undefined {
  const fields = openEnvelope(value)
  const { type, reportEveryMs, timeoutMs } = fields ?? {}
  if (type === 'welcome' && isAmount(reportEveryMs) && reportEveryMs > 0) return { type, reportEveryMs }
  if (type === 'drain' && isAmount(timeoutMs)) return { type, timeoutMs }
  return undefined
}

function openEnvelope(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === null || typeof value !== 'object') return undefined
  const fields = value as Readonly<Record<string, unknown>>
  return fields[MARK] === VERSION ? fields : undefined
}

function parseReport(fields: Readonly<Record<string, unknown>>): WorkerMessage | undefined {
  const { requests, heap } = fields
  if (!isAmount(requests) || heap === null || typeof heap !== 'object') return undefined
  const figures = heap as Readonly<Record<string, unknown>>
  if (!HEAP_NAMES.every((name) => isAmount(figures[name]))) return undefined
  const { usedHeapSize, totalHeapSize, heapSizeLimit, externalMemory, mallocedMemory } = figures as unknown as HeapFigures
  return { type: 'report', requests, heap: { usedHeapSize, totalHeapSize, heapSizeLimit, externalMemory, mallocedMemory } }
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
