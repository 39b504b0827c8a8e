import { backend, Report } from '../native/index.ts'
import { buildInSlices, runCancellable } from './cancellable.ts'
import { MappingDecoder, type Mapping } from './mapping.ts'
import { toReadError } from './read_error.ts'
import { checkRead } from './read_smaps.ts'

export interface ReadMappingsOptions {
  /** As for `readSmaps`. @default '/proc' */
  procRoot?: string
}

export interface ReadMappingsAsyncOptions extends ReadMappingsOptions {
  /** Rejects with the signal's reason at once. */
  signal?: AbortSignal
}

/**
 * Every mapping of a process with its own figures, in order of address, from /proc/PID/smaps.
 *
 * Costs the kernel about 3 us a mapping besides the page walk. The whole is not one snapshot: the kernel lets the
 * process run between chunks of four or five mappings.
 *
 * @throws as `readSmaps`
 */
export function readMappings(pid: number = process.pid, options: ReadMappingsOptions = {}): Mapping[] {
  const { procRoot } = checkRead(pid, options, ['procRoot'], 'readMappings')
  const report = new Float64Array(Report.length)
  const table = backend().readMappings(procRoot, pid, report)
  if (typeof table === 'number') throw toReadError(table, report, procRoot, pid)
  const decoder = new MappingDecoder(table, `${procRoot}/${pid}`)
  return Array.from({ length: table.count }, (_, row) => decoder.decode(row))
}

/** `readMappings` off the event loop. */
export async function readMappingsAsync(
  pid: number = process.pid, options: ReadMappingsAsyncOptions = {},
): Promise<Mapping[]> {
  const { procRoot } = checkRead(pid, options, ['procRoot', 'signal'], 'readMappings')
  const report = new Float64Array(Report.length)
  const table = await runCancellable(options.signal, (cancel) =>
    backend().readMappingsAsync(procRoot, pid, report, cancel))
  if (typeof table === 'number') throw toReadError(table, report, procRoot, pid)
  const decoder = new MappingDecoder(table, `${procRoot}/${pid}`)
  return buildInSlices(table.count, (row) => decoder.decode(row), options.signal)
}
