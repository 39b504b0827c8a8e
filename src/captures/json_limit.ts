import { getHeapStatistics } from 'node:v8'
import { SmemError } from '../errors.ts'
import { BAD_CAPTURE } from './file_source.ts'

/** The listing of some 100 000 processes, or of some thousands with their mappings. */
const MOST = 1024 * 1024 * 128
/** JSON of the shortest possible objects takes 25 times its size, and is not alone. */
const HEAP_PER_BYTE = 48

/**
 * So many bytes of JSON are parsed at once, be they good or bad: less than what could fill the heap of this process, whose end
 * nothing could catch.
 */
export function maxJsonBytes(): number {
  return Math.floor(Math.min(MOST, getHeapStatistics().heap_size_limit / HEAP_PER_BYTE))
}

/** `what` is more than may be parsed at once. */
export function tooMuchJson(what: string, path: string): SmemError {
  const limit = `${Math.floor(maxJsonBytes() / 1024 / 1024)} MB`
  const advice = 'use a capture (smem-ts capture) or a record of fewer processes (--match, --pid), or give Node.js more heap '
    + '(NODE_OPTIONS=--max-old-space-size=MB)'
  return new SmemError(BAD_CAPTURE, `${what} has more than ${limit} of JSON, which may not fit into memory: ${advice}`, { path })
}
