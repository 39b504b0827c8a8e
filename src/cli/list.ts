import { SCHEMA, toJsonText } from '../json_text.ts'
import { coverageOf, describeCoverage, type Coverage, type Snapshot } from '../processes/index.ts'
import {
  coverageDocument, csvLines, escapeText, processDocument, rowDocument, selectColumns, selectSort, snapshotDocument,
  type Column, type View,
} from '../report/index.ts'
import { smemTable } from '../report/smem/index.ts'
import { isSet, type Invocation, type RunCommand } from './command.ts'
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
  if (request.chart === undefined) await output.write(await textOf(listing, snapshot, coverage, request, invocation))
  else await drawChart(listing, request, invocation)

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

async function textOf(
  listing: Listing, snapshot: Snapshot, coverage: Coverage, request: ListRequest, invocation: Invocation,
): Promise<string> {
  const { form } = request
  if (form === 'text') return lines(listing.show((view, rows) => tableOf(view, rows, snapshot, request, invocation)))
  if (form === 'csv') {
    return lines(listing.show((view, rows) => {
      const columns = request.columns === '' ? view.columns : selectColumns(view, request.columns)
      return csvLines(rows, columns, !isSet(invocation, 'no-header'))
    }))
  }
  if (listing.type === 'processes') return processJson(snapshot, coverage, request)
  const rows = listing.show((view, all) => all.map((row) => rowDocument(view, row)))
  const head = { schema: SCHEMA, type: listing.type, takenAt: snapshot.takenAt ?? null, coverage: coverageDocument(coverage) }
  if (form === 'json') return lines([toJsonText({ ...head, rows })])
  return lines(rows.map((row) => toJsonText({ schema: SCHEMA, type: listing.type, ...row })))
}

/** Of processes JSON has everything, whatever the columns are. */
function processJson(snapshot: Snapshot, coverage: Coverage, { form, userFilter }: ListRequest): string {
  const shown = snapshot.processes.filter(({ user }) => userFilter?.test(user) ?? true)
  if (form === 'json') return lines([toJsonText(snapshotDocument(snapshot, shown, coverage))])
  return lines(shown.map((process) => toJsonText({ schema: SCHEMA, type: 'process', ...processDocument(process) })))
}

function tableOf<Row>(
  view: View<Row>, rows: readonly Row[], snapshot: Snapshot, request: ListRequest, { values, output }: Invocation,
): string[] {
  const columns = selectColumns(view, request.columns)
  return smemTable(rows, columns, {
    ...(view.ordered === true ? {} : {
      sort: selectSort(view, sortColumn(view, rows, request, (line) => output.note(line))),
      reverse: values['reverse'] === true,
    }),
    header: values['no-header'] !== true,
    totals: values['totals'] === true,
    style: values['abbreviate'] === true ? 'suffixes' : values['percent'] === true ? 'percent' : 'kilobytes',
    whole: wholeOf(snapshot, request),
    ...(values['autosize'] === true ? { terminalWidth: output.columns } : {}),
  })
}

/** A kernel without PSS leaves nothing to sort by but RSS. */
function sortColumn<Row>(
  view: View<Row>, rows: readonly Row[], { sort }: ListRequest, note: (line: string) => void,
): string {
  const pss = view.columns.find(({ name }) => name === 'pss')
  const uss = view.columns.find(({ name }) => name === 'uss')
  // Rows that were left unread have no figures at all.
  const read = rows.filter((row) => uss?.value(row) !== undefined)
  const lacksPss = pss !== undefined && read.length > 0 && read.every((row) => pss.value(row) === undefined)
  if (!lacksPss) return sort
  note('this kernel does not measure PSS; sorted by RSS')
  return sort === '' ? 'rss' : sort
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
