import { NO_GROUP, programName } from '../../processes/index.ts'
import type { TopGroup, TopRow } from '../../report/top/index.ts'
import type { SampledProcess } from '../../sampling/index.ts'
import type { History } from './history.ts'

export type UserNames = (uid: number) => string

export function processKey({ pid, startTime }: SampledProcess): string {
  return `${pid}/${startTime}`
}

/** Enters one round into the history: every process, and every group that there could be, for they outlive their members. */
export function recordRound(history: History, processes: readonly SampledProcess[], userOf: UserNames): void {
  for (const process of processes) history.record(processKey(process), process.usage?.pss)
  for (const group of ['user', 'program', 'cgroup'] as const) {
    const sums = new Map<string, number | undefined>()
    for (const process of processes) {
      const name = groupName(process, group, userOf)
      // A sum that lacks a reading which is to come would later seem to have grown by it: not a number until then.
      const pss = process.unavailable?.code === 'ERR_OVER_BUDGET' ? NaN : process.usage?.pss
      sums.set(name, sumKnown([sums.get(name), pss]))
    }
    for (const [name, pss] of sums) history.record(`${group}:${name}`, pss === undefined || Number.isNaN(pss) ? undefined : pss)
  }
  history.endRound()
}

/** A row for each group. */
export function groupRows(
  processes: readonly SampledProcess[], group: TopGroup, history: History, userOf: UserNames,
): TopRow[] {
  return Array.from(groupProcesses(processes, group, userOf), ([name, members]) => {
    const past = history.of(`${group}:${name}`)
    const ages = members.flatMap(({ ageMs }) => ageMs ?? [])
    const unread = members.filter(({ usage }) => usage === null)
    return {
      pid: undefined,
      user: undefined,
      label: name,
      count: members.length,
      pss: sumKnown(members.map(({ usage }) => usage?.pss)),
      uss: sumKnown(members.map(({ usage }) => usage?.uss)),
      rss: sumKnown(members.map(knownRss)),
      swap: sumKnown(members.map(({ usage }) => usage?.swap)),
      subtreePss: undefined,
      partial: unread.length > 0,
      sinceStart: difference(past?.now, past?.first),
      sinceLast: difference(past?.now, past?.before),
      ageMs: ages.length === 0 ? undefined : Math.max(...ages),
      stale: members.some(({ stale }) => stale),
      unread: unread.length === members.length ? unread[0]?.unavailable?.code : undefined,
      trend: past?.trend ?? [],
      branches: [],
    }
  })
}

export function difference(now: number | undefined, then: number | undefined): number | undefined {
  return now === undefined || then === undefined ? undefined : now - then
}

/** undefined for a hidden process (hidepid). */
export function knownRss({ rss }: Pick<SampledProcess, 'rss'>): number | undefined {
  return Number.isNaN(rss) ? undefined : rss
}

/** undefined when none is known. */
export function sumKnown(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined)
  return known.length === 0 ? undefined : known.reduce((sum, figure) => sum + figure, 0)
}

function groupProcesses(
  processes: readonly SampledProcess[], group: TopGroup, userOf: UserNames,
): Map<string, SampledProcess[]> {
  const groups = new Map<string, SampledProcess[]>()
  for (const process of processes) {
    const name = groupName(process, group, userOf)
    const members = groups.get(name)
    if (members === undefined) groups.set(name, [process])
    else members.push(process)
  }
  return groups
}

function groupName(process: SampledProcess, group: TopGroup, userOf: UserNames): string {
  switch (group) {
    case 'user':
      return userOf(process.uid)
    case 'cgroup':
      return process.cgroup ?? NO_GROUP
    default:
      return programName(process)
  }
}
