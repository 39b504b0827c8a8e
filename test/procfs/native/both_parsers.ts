/** One question, put to the C++ parser (sanitized, fed in many ways) and to the TypeScript one; both must agree. */
import assert from 'node:assert/strict'
import type { UsageSource } from '../../../src/native/backend.ts'
import { FIELD_TABLE, type FieldName } from '../../../src/native/field_table.ts'
import { Malformed } from '../../../src/native/malformed.ts'
import { BUILD_HOOK_TIMEOUT_MS } from './build.ts'
import { describeSmaps } from './describe.ts'
import { Replay } from './replay.ts'

export type Reason = keyof typeof Malformed

export interface Accepted {
  /** kB, and the count of mappings; without the figures that the text does not have. */
  readonly totals: Partial<Record<FieldName, number>>
  readonly rows: readonly Mapping[]
}

export interface Mapping {
  /** Hexadecimal, as /proc shows addresses. */
  readonly range: string
  readonly offset: string
  readonly inode: bigint
  readonly perms: string
  readonly device: string
  /** One character for each byte. */
  readonly path: string
  readonly flags: string
  /** kB. */
  readonly figures: Partial<Record<FieldName, number>>
}

export class BothParsers {
  #replay: Replay | undefined

  /** Adds hooks to the mocha suite that calls this. */
  static inSuite(): BothParsers {
    const parsers = new BothParsers()
    before('build the sanitized parser', async function () {
      this.timeout(BUILD_HOOK_TIMEOUT_MS)
      parsers.#replay = await Replay.start({ rows: true })
    })
    after(() => parsers.#replay?.close())
    return parsers
  }

  async accept(text: string, source: UsageSource = 'smaps'): Promise<Accepted> {
    const line = await this.#describe(text, source)
    const [, totals, rows = ''] = /malformed=0 offset=0 totals=(\S+) rows=\d+ rowhash=\w+(.*)$/.exec(line) ?? []
    assert.ok(totals !== undefined, `refused: ${line}`)
    return { totals: figures(totals.split(','), 1024), rows: rows.split(' row=').slice(1).map(mapping) }
  }

  async refuse(text: string, reason: Reason, offset: number, source: UsageSource = 'smaps'): Promise<void> {
    assert.equal(await this.#describe(text, source), `${source} malformed=${Malformed[reason]} offset=${offset}`)
  }

  /** `text` holds one character for each byte. */
  async #describe(text: string, source: UsageSource): Promise<string> {
    assert.ok(this.#replay, 'the suite has not started')
    const bytes = Buffer.from(text, 'latin1')
    const { [source]: native } = await this.#replay.ask(bytes)
    assert.equal(describeSmaps(source, bytes, 'written'), native, 'the TypeScript parser says something else')
    for (const piece of [1, 13, 512, 3072]) {
      if (piece >= bytes.length) continue
      const split = describeSmaps(source, bytes, 'written', piece)
      assert.equal(split, native, `the TypeScript parser says something else in pieces of ${piece}`)
    }
    return native
  }
}

function mapping(row: string): Mapping {
  const columns = row.split(',')
  const [start, end, offset = '', inode = '', perms = '', device = '', path = '', flags = '', ...values] = columns
  return {
    range: `${start}-${end}`, offset, inode: BigInt(`0x${inode}`), perms, device,
    path: Buffer.from(path, 'hex').toString('latin1'),
    flags: Buffer.from(flags, 'hex').toString('latin1'),
    figures: figures(values, 1),
  }
}

/** `unit`: what the values are divided by to get kB. */
function figures(values: readonly string[], unit: number): Partial<Record<FieldName, number>> {
  const known = FIELD_TABLE.flatMap(([name], field) => {
    const value = values[field]
    if (value === undefined || value === 'nan') return []
    return [[name, name === 'mappings' ? Number(value) : Number(BigInt(value) / BigInt(unit))]]
  })
  return Object.fromEntries(known) as Partial<Record<FieldName, number>>
}
