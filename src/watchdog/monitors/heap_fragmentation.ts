import { checkOneOf, checkOptions, type Size } from '../../options.ts'
import { checkNumber, positiveBytes } from '../limit.ts'
import type { Monitor, WorkerSample } from '../monitor.ts'
import { COMMON_NAMES, commonParts, type CommonOptions } from './common.ts'

export interface HeapFragmentationOptions extends CommonOptions {
  /** The share of V8's heap that holds no objects, 0.1 to 0.99. @default 0.5 */
  ratio?: number
  /** Less that is unused does not count. @default '64MB' */
  atLeast?: Size
  /** V8 gives most of it back by itself in time, so it is only told. @default 'report' */
  action?: 'report' | 'recycle'
}

const NAMES = ['ratio', 'atLeast', 'action', ...COMMON_NAMES]

/**
 * A V8 heap much of which is empty, by what workers report of themselves; those that report nothing are not judged. Each report
 * counts for one strike.
 *
 * @throws {TypeError} on a bad option
 */
export function heapFragmentation(options: HeapFragmentationOptions = {}): Monitor {
  checkOptions(options, NAMES, 'heapFragmentation()')
  const { ratio: givenRatio = 0.5, atLeast: givenAtLeast = '64MB', action = 'report' } = options
  const ratio = checkNumber(givenRatio, 'ratio', 0.1, 0.99)
  const atLeast = positiveBytes(givenAtLeast, 'atLeast')
  checkOneOf(action, 'action', ['report', 'recycle'])
  /** When the report came that was judged last, by worker. */
  let judged = new Map<number, number>()
  let unjudged: number[] = []
  return {
    ...commonParts(options, 'heap-fragmentation'),
    check({ workers }) {
      const before = judged
      judged = new Map(workers.flatMap(({ worker: { id, report } }) => report === undefined ? [] : [[id, report.at]]))
      const isNew = ({ worker: { id, report } }: WorkerSample): boolean => report !== undefined && before.get(id) !== report.at
      unjudged = workers.filter((sample) => !isNew(sample)).map(({ worker }) => worker.id)
      return workers.filter((sample) => sample.warm && isNew(sample)).flatMap(({ worker: { id, report } }) => {
        const { usedHeapSize = 0, totalHeapSize = 0 } = report?.heap ?? {}
        const unused = totalHeapSize - usedHeapSize
        const value = totalHeapSize > 0 ? unused / totalHeapSize : 0
        if (value < ratio || unused < atLeast) return []
        const evidence = { usedHeapSize, totalHeapSize }
        return [{
          reason: 'heap_fragmentation' as const, worker: id, action, value, limit: ratio, unit: 'ratio' as const,
          measure: 'the unused share of the V8 heap', evidence,
        }]
      })
    },
    unknown: () => unjudged,
  }
}
