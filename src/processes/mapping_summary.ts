import type { Mapping } from '../smaps/index.ts'
import { MAPPING_KINDS, type ClassifiedMapping, type MappingKind } from './mapping_kinds.ts'

/** Sums in bytes; undefined when it is not known of one of the mappings. */
export interface MappingSums {
  /** How many mappings. */
  readonly count: number
  /** Pages that only this process maps. */
  readonly uss: number | undefined
  /** rss - uss: pages that others map too. */
  readonly shared: number | undefined
  readonly pss: number | undefined
  readonly rss: number | undefined
  readonly swap: number | undefined
  readonly size: number | undefined
}

export const MAPPING_FIGURES = ['uss', 'shared', 'pss', 'rss', 'swap', 'size'] as const
export type MappingFigure = (typeof MAPPING_FIGURES)[number]

export interface MappedItem extends MappingSums {
  readonly kind: MappingKind
  readonly name: string
  /** The bytes of a name that is no UTF-8, as the kernel shows them. */
  readonly rawName: Uint8Array | undefined
  /** The file was removed while it is mapped. */
  readonly deleted: boolean
  readonly guess: boolean
  /** 'device inode' of each file behind it. */
  readonly files: ReadonlySet<string>
  /** As smaps shows it: by this another process's mapping of it is found. Undefined for nameless memory. */
  readonly path: string | undefined
}

export interface MappedKind extends MappingSums {
  readonly kind: MappingKind
  readonly items: readonly MappedItem[]
}

export interface MappingSummary {
  readonly total: MappingSums
  /** Only those that the process has. */
  readonly kinds: readonly MappedKind[]
}

export interface SummaryOrder {
  readonly by: MappingFigure | 'count' | 'name'
  /** Smallest first; names from z to a. @default false */
  readonly reverse?: boolean
}

/** Sums by kind, and within a kind by name; largest first. */
export function summarizeMappings(mappings: readonly ClassifiedMapping[], order: SummaryOrder): MappingSummary {
  const items = new Map<string, ClassifiedMapping[]>()
  for (const classified of mappings) {
    const { mapping: { rawPath, deleted }, kind, name } = classified
    const key = JSON.stringify([kind, rawPath === undefined ? name : Buffer.from(rawPath).toString('latin1'), deleted])
    const members = items.get(key)
    if (members === undefined) items.set(key, [classified])
    else members.push(classified)
  }
  const all = [...items.values()].flatMap((members) => toItem(members) ?? [])
  const sign = order.reverse === true ? -1 : 1
  const kinds = MAPPING_KINDS.flatMap((kind): MappedKind[] => {
    const own = all.filter((item) => item.kind === kind)
    if (own.length === 0) return []
    const sorted = own.sort((a, b) => sign * (compare(a, b, order.by) || compareText(a.name, b.name)))
    const members = mappings.filter((classified) => classified.kind === kind)
    return [{ kind, ...sumsOf(members.map(({ mapping }) => mapping)), items: sorted }]
  })
  kinds.sort((a, b) => sign * (order.by === 'name' ? compareText(a.kind, b.kind) : compare(a, b, order.by)))
  return { total: sumsOf(mappings.map(({ mapping }) => mapping)), kinds }
}

function sumsOf(mappings: readonly Mapping[]): MappingSums {
  const sum = (figure: 'uss' | 'pss' | 'rss' | 'swap' | 'size'): number | undefined => mappings.reduce<number | undefined>(
    (total, { usage }) => (total === undefined || usage[figure] === undefined ? undefined : total + usage[figure]), 0)
  const [uss, rss] = [sum('uss'), sum('rss')]
  const shared = uss === undefined || rss === undefined ? undefined : rss - uss
  return { count: mappings.length, uss, shared, pss: sum('pss'), rss, swap: sum('swap'), size: sum('size') }
}

function toItem(members: readonly ClassifiedMapping[]): MappedItem | undefined {
  const [first] = members
  if (first === undefined) return undefined
  const { mapping, kind, name } = first
  const marked = mapping.deleted ? mapping.rawPath?.subarray(0, -' (deleted)'.length) : mapping.rawPath
  return {
    ...sumsOf(members.map((member) => member.mapping)),
    kind,
    name,
    rawName: marked,
    deleted: mapping.deleted,
    guess: members.some(({ guess }) => guess),
    files: new Set(members.filter((member) => member.mapping.inode !== 0n).map((member) => fileKey(member.mapping))),
    path: mapping.path,
  }
}

/** What tells two files with one name apart. */
export function fileKey({ device, inode }: Mapping): string {
  return `${device} ${inode}`
}

function compare(a: MappedItem | MappedKind, b: MappedItem | MappedKind, by: SummaryOrder['by']): number {
  if (by === 'name') return 0
  return (b[by] ?? -1) - (a[by] ?? -1)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
