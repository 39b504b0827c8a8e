import assert from 'node:assert/strict'
import fc from 'fast-check'
import { openProcess, readMappings, readSmaps, type MemoryUsage } from '../../src/index.ts'
import { TemporaryTree } from '../support/trees.ts'

/** Figures of one mapping in kB, by the kernel's names. */
type Figures = Readonly<Record<string, number>>

const PID = 4242
const OPTIONAL = ['Referenced', 'Anonymous', 'Swap', 'SwapPss', 'Pss_Dirty', 'KSM', 'LazyFree', 'Locked'] as const
const PROPERTIES: Readonly<Record<string, keyof MemoryUsage>> = {
  Size: 'size', Rss: 'rss', Pss: 'pss', Shared_Clean: 'sharedClean', Shared_Dirty: 'sharedDirty',
  Private_Clean: 'privateClean', Private_Dirty: 'privateDirty', Referenced: 'referenced', Anonymous: 'anonymous',
  Swap: 'swap', SwapPss: 'swapPss', Pss_Dirty: 'pssDirty', KSM: 'ksm', LazyFree: 'lazyFree', Locked: 'locked',
}

const kilobytes = fc.oneof(fc.constant(0), fc.nat(2 ** 10), fc.nat(2 ** 30))

const mapping = fc
  .tuple(kilobytes, kilobytes, kilobytes, kilobytes, kilobytes, fc.nat(100),
    fc.tuple(...OPTIONAL.map(() => kilobytes)))
  .map(([sharedClean, sharedDirty, privateClean, privateDirty, hole, shared, rest]): Figures => {
    const rss = sharedClean + sharedDirty + privateClean + privateDirty
    return {
      Size: rss + hole,
      Rss: rss,
      Pss: privateClean + privateDirty + Math.floor(((sharedClean + sharedDirty) * shared) / 100),
      Shared_Clean: sharedClean, Shared_Dirty: sharedDirty, Private_Clean: privateClean, Private_Dirty: privateDirty,
      ...Object.fromEntries(OPTIONAL.map((name, index) => [name, rest[index] ?? 0])),
    }
  })

const unknownLine = fc.constantFrom(
  'Writeback:            12 kB', 'Name:           [anon:dalvik main]', 'THPeligible:    1', 'ProtectionKey:         0',
  'Rss_New:              99 kB', 'Foo: Rss: 5 kB', 'VmFlags: rd wr mr mw me ac sd ',
)

/** Which of the optional figures the kernel has, the order in which it shows them all, and what else it shows. */
const kernel = fc
  .record({ extras: fc.subarray([...OPTIONAL]), unknown: fc.array(unknownLine, { maxLength: 3 }), seed: fc.nat() })
  .chain(({ extras, unknown }) =>
    fc.record({
      names: fc.shuffledSubarray(
        ['Size', 'Rss', 'Pss', 'Shared_Clean', 'Shared_Dirty', 'Private_Clean', 'Private_Dirty', ...extras],
        { minLength: 7 + extras.length },
      ),
      unknown: fc.constant(unknown),
    }))

interface Kernel {
  readonly names: readonly string[]
  readonly unknown: readonly string[]
}

describe('any well-formed smaps', () => {
  let tree: TemporaryTree
  before(() => (tree = new TemporaryTree()))
  after(() => tree[Symbol.dispose]())

  const readBack = (mappings: readonly Figures[], shown: Kernel): MemoryUsage => {
    tree.write(PID, { smaps: smapsText(mappings, shown) })
    return readSmaps(PID, { source: 'smaps', procRoot: tree.root })
  }

  it('is summed figure by figure, in whatever order they come and whatever stands between them', () => {
    fc.assert(fc.property(fc.array(mapping, { minLength: 1, maxLength: 30 }), kernel, (mappings, shown) => {
      const usage = readBack(mappings, shown)
      for (const [name, property] of Object.entries(PROPERTIES)) {
        const sum = mappings.reduce((total, figures) => total + (figures[name] ?? NaN), 0) * 1024
        assert.equal(usage[property], shown.names.includes(name) ? sum : undefined, name)
      }
      assert.equal(usage.mappings, mappings.length)
    }))
  })

  it('has a USS of Private_Clean and Private_Dirty, and neither USS nor PSS above RSS', () => {
    fc.assert(fc.property(fc.array(mapping, { minLength: 1, maxLength: 10 }), kernel, (mappings, shown) => {
      const { uss = NaN, pss = NaN, rss = NaN, privateClean = NaN, privateDirty = NaN } = readBack(mappings, shown)
      assert.equal(uss, privateClean + privateDirty)
      assert.ok(uss <= pss && pss <= rss, `${uss} ${pss} ${rss}`)
    }))
  })

  it('gives every mapping its own figures', () => {
    fc.assert(fc.property(fc.array(mapping, { minLength: 1, maxLength: 10 }), kernel, (mappings, shown) => {
      tree.write(PID, { smaps: smapsText(mappings, shown) })
      const rows = readMappings(PID, { procRoot: tree.root })
      assert.equal(rows.length, mappings.length)
      for (const [index, figures] of mappings.entries()) {
        const { usage } = rows[index] ?? assert.fail('a row is missing')
        assert.equal(usage.rss, (figures['Rss'] ?? NaN) * 1024)
        assert.equal(usage.ksm, shown.names.includes('KSM') ? (figures['KSM'] ?? NaN) * 1024 : undefined)
        assert.equal(usage.uss, ((figures['Private_Clean'] ?? NaN) + (figures['Private_Dirty'] ?? NaN)) * 1024)
      }
    }))
  })

  it('is read alike by a handle that stays open while the file changes', () => {
    tree.write(PID, { smaps: 'not read', smaps_rollup: 'not read' })
    using handle = openProcess(PID, { procRoot: tree.root })
    fc.assert(fc.property(mapping, kernel, (figures, shown) => {
      tree.write(PID, { smaps_rollup: smapsText([figures], shown) })
      assert.equal(handle.read().rss, (figures['Rss'] ?? NaN) * 1024)
    }))
  })
})

function smapsText(mappings: readonly Figures[], { names, unknown }: Kernel): string {
  return mappings
    .map((figures, index) => {
      const start = BigInt(index) * 0x10000n + 0x400000n
      const lines = names.map((name) => `${`${name}:`.padEnd(16)}${String(figures[name] ?? 0).padStart(8)} kB`)
      lines.splice(lines.length >> 1, 0, ...unknown)
      return `${start.toString(16)}-${(start + 0x10000n).toString(16)} rw-p 00000000 00:00 0 \n${lines.join('\n')}\n`
    })
    .join('')
}
