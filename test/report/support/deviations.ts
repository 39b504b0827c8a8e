import { parseOptions } from './smem_options.ts'
import type { Recording } from './recordings.ts'

/**
 * Why our output is not meant to be smem's for this run; undefined: it is meant to be, byte for byte. Each reason is
 * explained in docs/smem-compat.md, and has a test in deviations.test.ts.
 */
export function deviationOf(recording: Recording): string | undefined {
  const { view, flags, values } = parseOptions(recording.args)
  const names = [...(values.get('c') ?? '').split(/\s+/), values.get('s') ?? '']
  if (recording.code !== 0 && view === 'm' && names.includes('avguss')) return 'smem has no avguss'
  if (recording.code !== 0 && recording.tree === 'hostile') return 'smem crashes on paths of others'
  if (view === 'u' && names.includes('vss')) return 'smem prints PSS as the VSS of users'
  if (recording.tree === 'negative' && view === 'w' && flags.has('k')) return 'smem does not scale negative amounts'
  if (recording.tree === 'hostile' && flags.has('k') && view !== 'w') return 'smem prints 3 PiB as 3 TiB'
  return undefined
}
