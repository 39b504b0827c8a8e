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
      found.push({
        path: pathSize === 0 ? undefined : this.#text.toString('utf8', textAt, textAt + pathSize),
        usage: toMemoryFigures(groups, this.#at + GroupColumn.length),
      })
    }
    return found
  }
}
