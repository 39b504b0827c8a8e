import { toJsonText } from '../json_text.ts'
import { existsSync } from 'node:fs'
import {
  BAD_CAPTURE, diffSnapshots, loadSnapshots, type DiffBy, type DiffFigure, type LoadedSnapshot, type SamplePick,
} from '../captures/index.ts'
import { SmemError } from '../errors.ts'
import { coverageOf, describeCoverage } from '../processes/index.ts'
import { escapeText } from '../report/index.ts'
import { isSet, stringOf, UsageError, type Invocation, type RunCommand } from './command.ts'
import { diffJson, diffLines, labelOf, type DiffSource } from './diff_output.ts'
import { countOption } from './option_values.ts'

export const run: RunCommand = async (invocation) => {
  const { output } = invocation
  const by = (stringOf(invocation, 'by') ?? 'process') as DiffBy
  const sort = (stringOf(invocation, 'sort') ?? 'pss') as DiffFigure
  const limit = countOption(invocation, 'limit') ?? Infinity
  const [before, after] = await loadSides(invocation, by)
  for (const { path, snapshot } of [before, after]) {
    if (by === 'mapping') checkMappings(path, snapshot)
  }

  const diff = diffSnapshots(before.snapshot, after.snapshot, { by, sort })
  const view = { all: isSet(invocation, 'all'), limit, sort, before, after }
  if (isSet(invocation, 'json')) await output.write(`${toJsonText(diffJson(diff, view))}\n`)
  else await output.write(`${diffLines(diff, view).join('\n')}\n`)
  for (const line of notes(before, after)) output.note(line)
  return 0
}

interface Target {
  readonly path: string
  readonly pick: SamplePick
}

async function loadSides(invocation: Invocation, by: DiffBy): Promise<[DiffSource, DiffSource]> {
  const [a = '', b] = invocation.positionals
  const [from, to] = [timeOption(invocation, 'from'), timeOption(invocation, 'to')]
  const first = toTarget(a, from === undefined ? { number: 1 } : { from })
  const last = toTarget(b ?? first.path, to === undefined ? { number: -1 } : { to })
  const options = { source: 'rollup', groups: by === 'mapping' } as const
  const load = async (path: string, picks: readonly SamplePick[]): Promise<DiffSource[]> => (
    (await loadSnapshots(path, picks, options)).map((snapshot) => ({ path, snapshot })))
  const sides = first.path === last.path
    ? await load(first.path, [first.pick, last.pick])
    : [...await load(first.path, [first.pick]), ...await load(last.path, [last.pick])]
  const [before, after] = sides
  if (before === undefined || after === undefined) throw new Error('unreachable: a snapshot for each pick')
  if (b === undefined && before.snapshot.kind !== 'record') {
    throw new UsageError(`diff needs A and B: ${escapeText(a)} holds one snapshot only`)
  }
  return [before, after]
}

/** FILE@N, unless there is a file of that name. */
function toTarget(argument: string, pick: SamplePick): Target {
  const parts = /^(.+)@(-?[1-9]\d{0,8})$/s.exec(argument)
  if (parts?.[1] === undefined || existsSync(argument)) return { path: argument, pick }
  return { path: parts[1], pick: { number: Number(parts[2]) } }
}

/** Milliseconds since the epoch, from a date, or from seconds since the epoch. */
function timeOption(invocation: Invocation, name: string): number | undefined {
  const text = stringOf(invocation, name)
  if (text === undefined) return undefined
  const time = /^\d{9,11}(\.\d+)?$/.test(text) ? Number(text) * 1000 : /^\d{12,14}$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isFinite(time)) return time
  throw new UsageError(`--${name}: '${text}' is no time; write 2026-03-01T02:00, or seconds since 1970`)
}

function checkMappings(path: string, { processes }: LoadedSnapshot): void {
  if (processes.some(({ mappings }) => mappings !== undefined) || processes.every(({ usage }) => usage === null)) return
  throw new SmemError(BAD_CAPTURE, `${path} has no mappings: captures have them, records when made with --mappings`, { path })
}

function notes(before: DiffSource, after: DiffSource): string[] {
  const lines: string[] = []
  for (const { path, snapshot } of before.snapshot === after.snapshot || before.path === after.path ? [after] : [before, after]) {
    lines.push(...snapshot.problems.map((problem) => escapeText(`${path}: ${problem}`)))
  }
  const [old, current] = [before, after].map(({ snapshot: { processes } }) => (
    processes.find(({ usage }) => usage !== null)?.usage?.source))
  if (old !== undefined && current !== undefined && old !== current) {
    lines.push('one side has the PSS of smaps, the other that of smaps_rollup: up to 1 kB a mapping is no growth')
  }
  for (const side of [before, after]) {
    const missing = describeCoverage(coverageOf(side.snapshot.processes))
    if (missing !== undefined) lines.push(`${labelOf(side)}: ${missing}`)
  }
  return lines
}
