import { toJsonText } from '../json_text.ts'
import { existsSync } from 'node:fs'
import {
  diffSnapshots, loadSnapshots, type DiffBy, type DiffFigure, type SamplePick,
} from '../captures/index.ts'
import { coverageOf, describeCoverage } from '../processes/index.ts'
import { escapeText } from '../report/index.ts'
import { checkMappings } from './check_mappings.ts'
import { isSet, stringOf, UsageError, type Invocation, type RunCommand } from './command.ts'
import { diffJson, diffLines, labelOf, type DiffSource } from './diff_output.ts'
import { timeOption } from './diff_time.ts'
import { countOption, fileName } from './option_values.ts'

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
  const [a = '', b] = invocation.positionals.map((argument, index) => fileName(argument, index === 0 ? 'A' : 'B'))
  const [from, to] = [timeOption(invocation, 'from'), timeOption(invocation, 'to')]
  if (from !== undefined && to !== undefined && from > to) throw new UsageError('--from is later than --to')
  const first = toTarget(a, 'from', from === undefined ? undefined : { from }) ?? { path: a, pick: { number: 1 } }
  const path = b ?? first.path
  const last = toTarget(path, 'to', to === undefined ? undefined : { to }) ?? { path, pick: { number: -1 } }
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
  checkTimed('from', from, before)
  checkTimed('to', to, after)
  return [before, after]
}

/** FILE@N, unless there is a file of that name; or FILE and the time that was asked for; undefined for neither. */
function toTarget(argument: string, option: 'from' | 'to', timed: SamplePick | undefined): Target | undefined {
  const parts = /^(.+)@(-?[1-9]\d{0,8})$/s.exec(argument)
  const isNumbered = parts?.[1] !== undefined && !existsSync(argument)
  if (isNumbered && timed !== undefined) {
    throw new UsageError(`${escapeText(argument)} names its sample: leave out --${option}, or @${parts[2]}`)
  }
  if (isNumbered) return { path: parts[1] ?? '', pick: { number: Number(parts[2]) } }
  return timed === undefined ? undefined : { path: argument, pick: timed }
}

function checkTimed(option: 'from' | 'to', time: number | undefined, { path, snapshot }: DiffSource): void {
  if (time === undefined || snapshot.kind === 'record') return
  throw new UsageError(`--${option} chooses a sample of a record, and ${escapeText(path)} is none`)
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
