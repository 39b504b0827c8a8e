import { FIELD_COUNT, GroupColumn, type ScanTable } from '../native/index.ts'
import { toMemoryFigures, type MemoryFigures } from '../smaps/index.ts'

/** The mappings of one process that have the same path. */
export interface MappingGroup {
  /** As the kernel shows it, ' (deleted)' included; undefined for mappings without a name. */
  readonly path: string | undefined
  /** Their sums; `usage.mappings` is how many they are. */
  readonly usage: MemoryFigures
}

const NUMBERS = GroupColumn.length + FIELD_COUNT

/** Hands out the groups of a scan's processes, which have to be asked for in the order of their rows. */
export class MappingGroups {
  readonly #table: ScanTable
  readonly #text: Buffer
  readonly #paths = new Map<number, string>()
  #at = 0

  constructor(table: ScanTable) {
    this.#table = table
    this.#text = Buffer.from(table.text.buffer, table.text.byteOffset, table.text.byteLength)
  }

  of(row: number): MappingGroup[] {
    const { groups } = this.#table
    const found: MappingGroup[] = []
    for (; groups[this.#at + GroupColumn.process] === row; this.#at += NUMBERS) {
      const textAt = groups[this.#at + GroupColumn.textAt] ?? 0
      const pathSize = groups[this.#at + GroupColumn.pathSize] ?? 0
      const path = pathSize === 0 ? undefined : this.#path(textAt, pathSize)
      found.push(new StoredGroup(path, groups, this.#at + GroupColumn.length))
    }
    return found
  }

  /** Processes have most of their paths in common, and the backend has each of these once. */
  #path(textAt: number, size: number): string {
    let path = this.#paths.get(textAt)
    if (path === undefined) {
      path = this.#text.toString('utf8', textAt, textAt + size)
      this.#paths.set(textAt, path)
    }
    return path
  }
}

/** Makes the object of its figures anew each time it is asked: thousands of them kept would cost more than the scan. */
class StoredGroup implements MappingGroup {
  readonly path: string | undefined
  readonly #figures: Float64Array
  readonly #at: number

  constructor(path: string | undefined, figures: Float64Array, at: number) {
    this.path = path
    this.#figures = figures
    this.#at = at
  }

  get usage(): MemoryFigures {
    return toMemoryFigures(this.#figures, this.#at)
  }

  toJSON(): object {
    return { path: this.path, usage: this.usage }
  }
}
