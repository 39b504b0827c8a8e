import { getHeapStatistics } from 'node:v8'
import type { HeapFigures } from '../pool/index.ts'

/** What V8 says of this process's heap now. */
export function heapFigures(): HeapFigures {
  const heap = getHeapStatistics()
  return {
    usedHeapSize: heap.used_heap_size,
    totalHeapSize: heap.total_heap_size,
    heapSizeLimit: heap.heap_size_limit,
    externalMemory: heap.external_memory,
    mallocedMemory: heap.malloced_memory,
  }
}
