import { SCHEMA, toJsonText } from '../../json_text.ts'
import type { PoolEvents } from '../../pool/index.ts'
import type { ProcessInfo } from '../../processes/index.ts'
import { escapeText } from '../../report/index.ts'
import type { Decision, Effect } from '../../watchdog/index.ts'

/** What a watch prints: a line for each decision, effect and SIGKILL. */
export interface WatchLines {
  decision(decision: Decision): string
  effect(effect: Effect): string
  killed(force: PoolEvents['forced'][0]): string
}

/** Finds the process of a pid, as it was when it was last seen. */
export type FindProcess = (pid: number) => ProcessInfo | undefined

const MAX_NAME_LENGTH = 120

/** Lines for people: when, what, and of which program. */
export function textLines(find: FindProcess, now: () => number = Date.now): WatchLines {
  const line = (time: number, summary: string, pid: number | undefined): string => {
    const info = pid === undefined ? undefined : find(pid)
    return `${new Date(time).toISOString()} ${escapeText(summary)}${info === undefined ? '' : ` [${nameOf(info)}]`}\n`
  }
  return {
    decision: ({ time, summary, worker }) => line(time, summary, worker?.pid),
    effect: ({ summary, decision: { worker } }) => line(now(), summary, worker?.pid),
    killed: ({ worker: { pid }, reason }) => line(now(), killedSummary(pid, reason), pid),
  }
}

/** Lines for programs: docs/json.md has the fields. */
export function jsonLines(find: FindProcess, now: () => number = Date.now): WatchLines {
  const line = (type: string, fields: object): string => `${toJsonText({ schema: SCHEMA, type, ...fields })}\n`
  const processOf = (pid: number | undefined): object | null => {
    if (pid === undefined) return null
    const { startTime = null, uid = null, comm = null, commandLine = null } = find(pid) ?? {}
    return { pid, startTime, uid, comm, commandLine }
  }
  return {
    decision: ({ worker, sample, ...decision }) => line('decision', {
      ...decision, process: processOf(worker?.pid), place: worker?.slot ?? null, sample,
    }),
    effect: ({ decision: { number, worker }, summary, effective, ...figures }) => line('effect', {
      time: now(), decision: number, process: processOf(worker?.pid),
      ussBefore: figures.ussBefore ?? null, ussAfter: figures.ussAfter ?? null,
      pssBefore: figures.pssBefore ?? null, pssAfter: figures.pssAfter ?? null,
      usedBefore: figures.usedBefore ?? null, usedAfter: figures.usedAfter ?? null,
      freed: figures.freed ?? null, effective, summary,
    }),
    killed: ({ worker: { pid }, reason }) => line('killed', {
      time: now(), process: processOf(pid), reason, summary: killedSummary(pid, reason),
    }),
  }
}

function killedSummary(pid: number, reason: string): string {
  return `sent SIGKILL to process ${pid}: ${reason}`
}

function nameOf({ comm, commandLine }: ProcessInfo): string {
  const text = commandLine === undefined || commandLine.length === 0 ? comm : commandLine.join(' ')
  return escapeText(text.length > MAX_NAME_LENGTH ? `${text.slice(0, MAX_NAME_LENGTH)}...` : text)
}
