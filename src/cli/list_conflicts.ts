import { UsageError, isSet, stringOf, type Invocation } from './command.ts'
import { listSpec } from './specs/list.ts'

/**
 * Refuses options of which one would have to be dropped. Among smem's own options nothing is refused: there -m wins over -u
 * and this over -w, and -k over -p, as in smem.
 *
 * @throws {UsageError}
 */
export function checkConflicts(invocation: Invocation): void {
  for (const [these, those] of EXCLUSIVE) {
    for (const one of these) {
      const other = those.find((name) => name !== one && isSet(invocation, name))
      if (isSet(invocation, one) && other !== undefined) throw conflict(one, other)
    }
  }
  // Mappings are what this grouping is about; in the others every process counts whole.
  const isByProcess = isSet(invocation, 'by') && stringOf(invocation, 'by') !== 'mapping'
  if (isByProcess && isSet(invocation, 'mapfilter')) throw conflict('by', 'mapfilter', ', but for --by mapping')
}

const SMEM_VIEWS = ['mappings', 'users', 'system']
const FORMS = ['json', 'ndjson', 'csv']

/** Each of the first with each of the second. */
const EXCLUSIVE: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['by', 'tree'], ['by', 'tree', ...SMEM_VIEWS]],
  [['tree'], ['mapfilter']],
  [FORMS, [...FORMS, 'chart', 'pie', 'bar']],
  // What is for people: programs get bytes, and add up by themselves.
  [FORMS, ['abbreviate', 'percent', 'totals', 'autosize']],
  [['pie'], ['bar']],
  [['chart'], ['output']],
  // What is in a file has been read by somebody else.
  [['source'], ['max-rss', 'budget', 'threads']],
]

function conflict(one: string, other: string, unless = ''): UsageError {
  return new UsageError(`${labelOf(one)} and ${labelOf(other)} exclude each other${unless}`)
}

function labelOf(name: string): string {
  const short = listSpec.options.find((option) => option.name === name)?.short
  return short === undefined ? `--${name}` : `--${name} (-${short})`
}
