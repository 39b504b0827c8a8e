import type { AmountStyle } from '../../../src/report/amount.ts'
import { selectColumns, selectSort, type View } from '../../../src/report/columns.ts'
import { MAPPING_VIEW, PROCESS_VIEW, SYSTEM_VIEW, USER_VIEW } from '../../../src/report/smem/columns.ts'
import { systemRows } from '../../../src/report/smem/system.ts'
import { smemTable } from '../../../src/report/smem/table.ts'
import { mappingRows, processRows, userRows } from '../../../src/report/smem/views.ts'
import type { SmemFilters } from '../../../src/report/smem/snapshot.ts'
import { KERNEL_SIZES } from '../../fixtures/smem/runs.ts'
import { parseOptions, type ParsedOptions } from './smem_options.ts'
import { snapshotOf, type Snapshot } from './snapshot.ts'

/** What our tables print where smem would be called with `args` on that tree. */
export function ourOutput(source: string, args: readonly string[], terminalWidth = 80): string {
  const options = parseOptions(args)
  const lines = linesOf(snapshotOf(source), options, terminalWidth)
  return lines.map((line) => `${line}\n`).join('')
}

function linesOf(snapshot: Snapshot, options: ParsedOptions, terminalWidth: number): string[] {
  const { processes, meminfo } = snapshot
  const viewOptions = { filters: filtersOf(options), numeric: options.flags.has('n') }
  const table = <Row>(view: View<Row>, rows: Row[]): string[] => {
    const style: AmountStyle = options.flags.has('k') ? 'suffixes' : options.flags.has('p') ? 'percent' : 'kilobytes'
    return smemTable(rows, selectColumns(view, options.values.get('c')), {
      sort: selectSort(view, options.values.get('s')),
      reverse: options.flags.has('r'),
      header: !options.flags.has('H'),
      totals: options.flags.has('t'),
      style,
      whole: { memory: realMemOf(options) ?? meminfo.memTotal ?? 0, swap: meminfo.swapTotal ?? 0 },
      ...(options.flags.has('a') ? { terminalWidth } : {}),
      // smem prints all text raw.
      text: (text) => text,
    })
  }
  switch (options.view) {
    case 'm': return table(MAPPING_VIEW, mappingRows(processes, viewOptions))
    case 'u': return table(USER_VIEW, userRows(processes, viewOptions))
    case 'w': return table(SYSTEM_VIEW, systemRows(meminfo, systemOptions(options)))
    default: return table(PROCESS_VIEW, processRows(processes, viewOptions))
  }
}

function filtersOf({ values }: ParsedOptions): SmemFilters {
  const expression = (option: string): RegExp => new RegExp(values.get(option) ?? '', 'u')
  const [process, mapping, user] = [expression('P'), expression('M'), expression('U')]
  return {
    process: ({ comm, command }) => process.test(comm) || process.test(command),
    mapping: (name) => mapping.test(name),
    user: (name) => user.test(name),
  }
}

function systemOptions(options: ParsedOptions): { realMem?: number, kernelSize?: number } {
  const realMem = realMemOf(options)
  const kernel = KERNEL_SIZES[options.values.get('K') ?? '']
  return {
    ...(realMem === undefined ? {} : { realMem }),
    ...(kernel === undefined ? {} : { kernelSize: kernel / 1024 }),
  }
}

/** kB. */
function realMemOf({ values }: ParsedOptions): number | undefined {
  const value = values.get('R')
  if (value === undefined) return undefined
  const units: Readonly<Record<string, number>> = { k: 1, M: 1024, G: 1024 ** 2, T: 1024 ** 3 }
  return Number.parseFloat(value) * (units[/[kMGT]/.exec(value)?.[0] ?? ''] ?? Number.NaN)
}
