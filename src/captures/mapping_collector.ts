import { FIELD_COUNT, FIELD_INDEX as F } from '../native/index.ts'
import { MappingGroups } from '../native/index.ts'
import type { MappingSink } from '../native/index.ts'
import { smemName, type MappingGroup } from '../processes/index.ts'
import { toMemoryFigures } from '../smaps/index.ts'

/** One mapping as smem's views need it. Figures in kB; one that the kernel did not have is 0, as with smem. */
export interface CapturedMapping {
  /** The first word of the path, as smem takes it; '<anonymous>' without one. */
  readonly name: string
  readonly size: number
  readonly rss: number
  readonly pss: number
  readonly sharedClean: number
  readonly sharedDirty: number
  readonly privateClean: number
  readonly privateDirty: number
  readonly referenced: number
  readonly swap: number
}

/** Takes what a parser finds in one smaps: the mappings one by one, in the order of their addresses. */
export class MappingList implements MappingSink {
  readonly mappings: CapturedMapping[] = []
  /** Names come again and again, within a process and among them. */
  readonly #names: Map<string, string>
  #path = ''

  /** `names` is shared by all lists of a snapshot. */
  constructor(names: Map<string, string>) {
    this.#names = names
  }

  onHeader(): void {
    this.#path = ''
  }

  onPath(bytes: Uint8Array, from: number, to: number): void {
    this.#path += Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
  }

  onFlags(): void {
    // smem's views have none.
  }

  onRecordEnd(kilobytes: Float64Array, seen: number): void {
    const figure = (field: number): number => ((seen & (1 << field)) === 0 ? 0 : kilobytes[field] ?? 0)
    this.mappings.push({
      name: this.#name(),
      size: figure(F.size),
      rss: figure(F.rss),
      pss: figure(F.pss),
      sharedClean: figure(F.sharedClean),
      sharedDirty: figure(F.sharedDirty),
      privateClean: figure(F.privateClean),
      privateDirty: figure(F.privateDirty),
      referenced: figure(F.referenced),
      swap: figure(F.swap),
    })
  }

  onSuperseded(): void {
    this.mappings.pop()
  }

  onRestart(): void {
    this.mappings.length = 0
  }

  #name(): string {
    let name = this.#names.get(this.#path)
    if (name === undefined) {
      name = smemName(Buffer.from(this.#path, 'latin1').toString('utf8'))
      this.#names.set(this.#path, name)
    }
    return name
  }
}

/** Sums them by path. */
export class MappingSums extends MappingGroups {
  toGroups(): MappingGroup[] {
    return this.groups().map(({ path, count, seen, kilobytes }) => {
      const figures = Float64Array.from(kilobytes, (figure, field) => ((seen & (1 << field)) === 0 ? NaN : figure * 1024))
      figures[F.mappings] = count
      return {
        path: path === '' ? undefined : Buffer.from(path, 'latin1').toString('utf8'),
        usage: toMemoryFigures(figures.subarray(0, FIELD_COUNT)),
      }
    })
  }
}

/** Hands everything on to several sinks. */
export function allOf(sinks: readonly MappingSink[]): MappingSink {
  return {
    onHeader: (header) => sinks.forEach((sink) => sink.onHeader(header)),
    onPath: (bytes, from, to) => sinks.forEach((sink) => sink.onPath(bytes, from, to)),
    onFlags: (bytes, from, to) => sinks.forEach((sink) => sink.onFlags(bytes, from, to)),
    onRecordEnd: (kilobytes, seen) => sinks.forEach((sink) => sink.onRecordEnd(kilobytes, seen)),
    onSuperseded: () => sinks.forEach((sink) => sink.onSuperseded()),
    onRestart: () => sinks.forEach((sink) => sink.onRestart()),
  }
}
