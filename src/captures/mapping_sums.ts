import { FIELD_COUNT, FIELD_INDEX as F, MappingGroups } from '../native/index.ts'
import type { MappingGroup } from '../processes/index.ts'
import { toMemoryFigures } from '../smaps/index.ts'

/** Takes what a parser finds in one smaps, and sums the mappings by path. */
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
