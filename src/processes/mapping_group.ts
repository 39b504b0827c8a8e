import { FIELD_COUNT, FIELD_INDEX as F, GroupColumn, type ScanTable } from '../native/index.ts'
import { toMemoryFigures, type MemoryFigures } from '../smaps/index.ts'

/** The mappings of one process that have the same path. */
export interface MappingGroup {
  /** As the kernel shows it, ' (deleted)' included; undefined for mappings without a name. */
  readonly path: string | undefined
  /** Their sums; `usage.mappings` is how many they are. */
  readonly usage: MemoryFigures
}

/** What tables of mappings show, in kB; NaN where it is not known. */
export interface GroupKilobytes {
  readonly name: string
  /** How many mappings. */
  readonly count: number
  readonly size: number
  readonly rss: number
  readonly pss: number
  readonly sharedClean: number
  readonly sharedDirty: number
  /** Where only the sum of both private figures is known, 0, and `privateDirty` is the sum. */
  readonly privateClean: number
  readonly privateDirty: number
  readonly referenced: number
  readonly swap: number
}

/** A group's figures under `name`. Of a scan's groups it is a third of the work that `usage` is, and there are thousands. */
export function toKilobytes(group: MappingGroup, name: string): GroupKilobytes {
  return group instanceof StoredGroup ? group.toKilobytes(name) : figuresToKilobytes(group.usage, name)
}

export function figuresToKilobytes(figures: MemoryFigures, name: string): GroupKilobytes {
  const { privateClean } = figures
  return {
    name,
    count: figures.mappings ?? NaN,
    size: (figures.size ?? NaN) / 1024,
    rss: (figures.rss ?? NaN) / 1024,
    pss: (figures.pss ?? NaN) / 1024,
    sharedClean: (figures.sharedClean ?? NaN) / 1024,
    sharedDirty: (figures.sharedDirty ?? NaN) / 1024,
    privateClean: (privateClean ?? 0) / 1024,
    privateDirty: ((privateClean === undefined ? figures.uss : figures.privateDirty) ?? NaN) / 1024,
    referenced: (figures.referenced ?? NaN) / 1024,
    swap: (figures.swap ?? NaN) / 1024,
  }
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

  toKilobytes(name: string): GroupKilobytes {
    const figures = this.#figures
    const at = this.#at
    const privateClean = figures[at + F.privateClean] ?? NaN
    const isKnown = !Number.isNaN(privateClean)
    return {
      name,
      count: figures[at + F.mappings] ?? NaN,
      size: (figures[at + F.size] ?? NaN) / 1024,
      rss: (figures[at + F.rss] ?? NaN) / 1024,
      pss: (figures[at + F.pss] ?? NaN) / 1024,
      sharedClean: (figures[at + F.sharedClean] ?? NaN) / 1024,
      sharedDirty: (figures[at + F.sharedDirty] ?? NaN) / 1024,
      privateClean: isKnown ? privateClean / 1024 : 0,
      privateDirty: (figures[at + (isKnown ? F.privateDirty : F.uss)] ?? NaN) / 1024,
      referenced: (figures[at + F.referenced] ?? NaN) / 1024,
      swap: (figures[at + F.swap] ?? NaN) / 1024,
    }
  }

  toJSON(): object {
    return { path: this.path, usage: this.usage }
  }
}
