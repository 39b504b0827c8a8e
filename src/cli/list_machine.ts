import { SCHEMA, toJsonText } from '../json_text.ts'
import type { Coverage, Snapshot, SnapshotProcess } from '../processes/index.ts'
import {
  coverageDocument, csvLines, processDocument, rowDocument, selectColumns, snapshotDocument, type View,
} from '../report/index.ts'
import { PROCESS_VIEW, processRow, toSmemProcesses } from '../report/smem/index.ts'
import { isSet, type Invocation } from './command.ts'
import { asksForOrder, inOrder } from './list_order.ts'
import type { ListRequest } from './list_request.ts'
import { ofUsers, type Listing } from './list_views.ts'

/** The lines of the listing for programs: JSON, NDJSON or CSV, as docs/json.md describes them. */
export function machineLines(
  listing: Listing, snapshot: Snapshot, coverage: Coverage, request: ListRequest, invocation: Invocation,
): string[] {
  const { form } = request
  const ordered = <Row>(view: View<Row>, rows: readonly Row[]): readonly Row[] => (
    listing.type === 'processes' && !asksForOrder(request, invocation) ? rows : inOrder(view, rows, request, invocation))
  if (form === 'csv') {
    return listing.show((view, rows) => {
      const columns = request.columns === '' ? view.columns : selectColumns(view, request.columns)
      return csvLines(ordered(view, rows), columns, !isSet(invocation, 'no-header'))
    })
  }
  if (listing.type === 'processes') return processJson(snapshot, coverage, request, invocation)
  const rows = listing.show((view, all) => ordered(view, all).map((row) => rowDocument(view, row)))
  const head = { schema: SCHEMA, type: listing.type, takenAt: snapshot.takenAt ?? null, coverage: coverageDocument(coverage) }
  if (form === 'json') return [toJsonText({ ...head, rows })]
  return rows.map((row) => toJsonText({ schema: SCHEMA, type: listing.type, ...row }))
}

/** Of processes JSON has everything, whatever the columns are. */
function processJson(snapshot: Snapshot, coverage: Coverage, request: ListRequest, invocation: Invocation): string[] {
  const wanted = ofUsers(snapshot.processes, request.userFilter)
  const shown = asksForOrder(request, invocation) ? sorted(wanted, request, invocation) : wanted
  if (request.form === 'json') return [toJsonText(snapshotDocument(snapshot, shown, coverage))]
  return shown.map((process) => toJsonText({ schema: SCHEMA, type: 'process', ...processDocument(process) }))
}

/** By the columns of the table, though it does not have all of these processes. */
function sorted(processes: readonly SnapshotProcess[], request: ListRequest, invocation: Invocation): SnapshotProcess[] {
  const numeric = isSet(invocation, 'numeric')
  const rows = toSmemProcesses(processes).map((process) => processRow(process, process.mappings, numeric))
  return inOrder(PROCESS_VIEW, rows, request, invocation).flatMap(({ scanned }) => scanned ?? [])
}
