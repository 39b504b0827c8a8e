import { coverageOf, describeCoverage, type Snapshot } from '../processes/index.ts'
import { escapeText, selectColumns, selectSort, type Column, type View } from '../report/index.ts'
import { smemTable } from '../report/smem/index.ts'
import { isSet, type Invocation, type RunCommand } from './command.ts'
import { orderOf } from './list_order.ts'
import { toListRequest, type ListRequest } from './list_request.ts'
import { readListed } from './list_source.ts'
import { listingOf, wholeOf, type Listing, type ListingOptions } from './list_views.ts'
import { ExitCode } from './run.ts'

/** The listing: everything smem shows, and more. */
export const run: RunCommand = async (invocation) => {
  const { output } = invocation
  if (isSet(invocation, 'version')) {
    const { version } = await import('./version.ts')
    await output.write(`${version()}\n`)
    return ExitCode.ok
  }
  const request = toListRequest(invocation)
  if (request.columns === 'help') {
    await output.write(columnHelp(listingOf(NOTHING, request, EMPTY_OPTIONS)))
    return ExitCode.ok
  }
  const kernel = request.kernel === undefined ? undefined : (await import('./kernel_size.ts')).kernelSize(request.kernel)
  // A wrong column is found before anything is read.
  checkColumns(listingOf(NOTHING, request, EMPTY_OPTIONS), request)
  const snapshot = await readListed(request, (line) => output.note(escapeText(line)))
  const listing = listingOf(snapshot, request, {
    numeric: isSet(invocation, 'numeric'), reverse: isSet(invocation, 'reverse'), kernelSize: kernel,
  })
  const coverage = coverageOf(snapshot.processes)
  if (request.chart !== undefined) await drawChart(listing, request, invocation)
  else if (request.form === 'text') {
    await output.write(lines(listing.show((view, rows) => tableOf(view, rows, snapshot, request, invocation))))
  } else {
    const { machineLines } = await import('./list_machine.ts')
    await output.write(lines(machineLines(listing, snapshot, coverage, request, invocation)))
  }

  if (request.view === 'system') return ExitCode.ok
  const missing = describeCoverage(coverage)
  if (missing !== undefined) output.note(missing)
  return missing !== undefined && isSet(invocation, 'strict') ? ExitCode.incomplete : ExitCode.ok
}

const EMPTY_OPTIONS: ListingOptions = { numeric: false, reverse: false, kernelSize: undefined }

const NOTHING: Snapshot = { takenAt: undefined, meminfo: undefined, processes: [] }

function checkColumns(listing: Listing, request: ListRequest): void {
  listing.show((view) => {
    selectSort(view, request.sort)
    selectColumns(view, request.columns)
    if (request.chart?.label) selectColumns(view, request.chart.label)
  })
}

async function drawChart(listing: Listing, request: ListRequest, invocation: Invocation): Promise<void> {
  const { chartOf } = await import('./list_chart.ts')
  await listing.show((view, rows) => chartOf(view, rows, request, invocation))
}

function tableOf<Row>(
  view: View<Row>, rows: readonly Row[], snapshot: Snapshot, request: ListRequest, invocation: Invocation,
): string[] {
  const { values, output } = invocation
  const columns = selectColumns(view, request.columns)
  return smemTable(rows, columns, {
    ...orderOf(view, rows, request, invocation),
    header: values['no-header'] !== true,
    totals: values['totals'] === true,
    style: values['abbreviate'] === true ? 'suffixes' : values['percent'] === true ? 'percent' : 'kilobytes',
    whole: wholeOf(snapshot, request),
    ...(values['autosize'] === true ? { terminalWidth: output.columns } : {}),
  })
}

function columnHelp(listing: Listing): string {
  return listing.show((view) => lines(view.columns.map((column) => `${column.name.padEnd(16)}${describe(column)}`)))
}

function describe<Row>({ description, kind }: Column<Row>): string {
  return escapeText(kind === 'amount' ? `${description} (kB)` : description)
}

function lines(text: readonly string[]): string {
  return text.map((line) => `${line}\n`).join('')
}
