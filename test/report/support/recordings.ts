import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

/** One run of the real smem 1.5, by scripts/record-smem.mjs. */
export interface Recording {
  readonly tree: string
  readonly args: readonly string[]
  readonly terminalWidth?: number
  readonly code: number
  /** Of runs that ended well. */
  readonly stdout?: string
  /** Of those that did not: the kind of failure, such as `KeyError`. */
  readonly error?: string
}

export function recordings(): Recording[] {
  const file = new URL('../../fixtures/smem/expected.ndjson.br', import.meta.url)
  return brotliDecompressSync(readFileSync(file)).toString('utf8').trimEnd().split('\n')
    .map((line) => JSON.parse(line) as Recording)
}
