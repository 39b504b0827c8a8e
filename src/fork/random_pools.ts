import crypto, { type webcrypto } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Watches which buffers are filled with random bytes, so that a child can fill them anew: libraries keep such a pool and hand out
 * pieces of it (nanoid, uuid, ws), and every child would hand out the same ones.
 *
 * A buffer counts as a pool when it has been filled twice, or once with 128 bytes and more. What crypto.randomBytes returns never
 * does: that is where keys come from, which have to stay as they are. Call it before anything else is loaded: a function that a
 * module has taken out of node:crypto before is not watched.
 */
export function watchRandomPools(): void {
  if (original !== undefined) return
  original = crypto.randomFillSync
  crypto.randomFillSync = watchFill(crypto.randomFillSync)
  crypto.randomFill = watchFill(crypto.randomFill)
  const prototype = Object.getPrototypeOf(crypto.webcrypto) as webcrypto.Crypto
  const { getRandomValues } = prototype
  prototype.getRandomValues = function <T extends Exclude<NodeJS.TypedArray, Float32Array | Float64Array>>(
    this: webcrypto.Crypto, array: T,
  ): T {
    const filled = getRandomValues.call(this, array) as T
    note(array, 0, array.byteLength)
    return filled
  }
  syncBuiltinESMExports()
}

/** Fills every pool that is still there anew. Returns how many. */
export function refillRandomPools(): number {
  let count = 0
  for (const pool of pools) {
    const buffer = pool.buffer.deref()
    if (buffer === undefined) {
      pools.delete(pool)
    } else {
      count++
      original?.(bytesOf(buffer), pool.start, pool.end - pool.start)
    }
  }
  return count
}

type Fillable = ArrayBufferView | ArrayBuffer | SharedArrayBuffer

interface Pool {
  readonly buffer: WeakRef<Fillable>
  /** The part that has been filled, in bytes. */
  start: number
  end: number
}

/** A key is hardly ever longer, and a pool hardly ever shorter. */
const POOL_SIZE = 128

let original: typeof crypto.randomFillSync | undefined
const filledOnce = new WeakSet<Fillable>()
const poolOf = new WeakMap<Fillable, Pool>()
const pools = new Set<Pool>()
/** Takes those out of the set that are gone. */
const gone = new FinalizationRegistry<Pool>((pool) => pools.delete(pool))

/** `fill` as it was, and noted. The offset and the size count elements, not bytes; a callback is no number. */
function watchFill<T extends (...parameters: never[]) => unknown>(fill: T): T {
  const watched = function (this: unknown, ...parameters: Parameters<T>): unknown {
    const result = Reflect.apply(fill, this, parameters) as unknown
    const [buffer, offset, size] = parameters as unknown as [Fillable, unknown, unknown]
    const unit = 'BYTES_PER_ELEMENT' in buffer ? buffer.BYTES_PER_ELEMENT as number : 1
    const start = typeof offset === 'number' ? offset * unit : 0
    note(buffer, start, typeof size === 'number' ? start + size * unit : buffer.byteLength)
    return result
  }
  return Object.defineProperty(watched, 'name', { value: fill.name }) as unknown as T
}

function note(buffer: Fillable, start: number, end: number): void {
  const known = poolOf.get(buffer)
  if (known !== undefined) {
    known.start = Math.min(known.start, start)
    known.end = Math.max(known.end, end)
  } else if (end - start >= POOL_SIZE || filledOnce.has(buffer)) {
    const pool = { buffer: new WeakRef(buffer), start, end }
    poolOf.set(buffer, pool)
    pools.add(pool)
    gone.register(buffer, pool)
  } else {
    filledOnce.add(buffer)
  }
}

function bytesOf(buffer: Fillable): Uint8Array {
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer)
}
