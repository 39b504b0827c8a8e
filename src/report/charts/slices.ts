/** One named amount, in bytes. */
export interface Slice {
  readonly label: string
  readonly value: number
}

export interface MergedSlice extends Slice {
  /** Of the total, from 0 to 1. */
  readonly share: number
  /** How many slices 'other' stands for; undefined for a slice of its own. */
  readonly merged?: number
}

export interface MergeLimits {
  /** @default 12 */
  readonly maxSlices?: number
  /** The smallest share that keeps its name. @default 0.01 */
  readonly minShare?: number
}

/**
 * The slices from the largest to the smallest. Those below `minShare` of the total, and those beyond `maxSlices`, become
 * one last slice 'other (N)'; when that would stand for one slice only, it keeps its name. Slices of the same value keep
 * their order. Amounts that are not positive have no slice.
 */
export function mergeSlices(slices: readonly Slice[], limits: MergeLimits = {}): MergedSlice[] {
  const { maxSlices = 12, minShare = 0.01 } = limits
  const sorted = slices.filter(({ value }) => value > 0 && Number.isFinite(value)).sort((a, b) => b.value - a.value)
  const total = sumOf(sorted)
  const large = sorted.filter(({ value }) => value >= minShare * total).length
  const kept = large === sorted.length && large <= maxSlices ? large : Math.min(large, maxSlices - 1)
  const named = sorted.slice(0, kept)
  const rest = sorted.slice(kept)
  const all = rest.length > 1
    ? [...named, { label: `other (${rest.length})`, value: sumOf(rest), merged: rest.length }]
    : [...named, ...rest]
  return all.map((slice) => ({ ...slice, share: slice.value / total }))
}

export function sumOf(slices: readonly Slice[]): number {
  return slices.reduce((sum, { value }) => sum + value, 0)
}
