import { show, toBytes } from '../options.ts'
import { parsePercent } from './limit.ts'
import type { MinFreed } from './verification.ts'

/** @throws {TypeError} on anything that is neither a size nor a percentage up to 100 */
export function parseMinFreed(value: unknown, name: string): MinFreed {
  const share = parsePercent(value)
  if (share === undefined) return { share: undefined, bytes: toBytes(value, name) }
  if (share > 1) throw new TypeError(`"${name}" must be at most '100%', got ${show(value)}`)
  return { share, bytes: undefined }
}
