import type { Amount, Float } from '../amount.ts'

/** Five rows: where all memory is. */
export function systemRows(meminfo: SmemMeminfo, options: SystemViewOptions = {}): SystemRow[] {
  const { memTotal, memFree, buffers, cached, sReclaimable, anonPages, mapped } = meminfo
  const userspace = known([anonPages, mapped], (anon, files) => anon + files)
  const kernel = known([memTotal, memFree, userspace], (total, free, user) => total - free - user)
  const kernelCache = known([buffers, sReclaimable, cached, mapped], (buffer, slab, cache, files) => (
    buffer + slab + (cache - files)))
  const image: number | Float = options.kernelSize === undefined ? 0 : { float: options.kernelSize }
  return [
    area(0, 'firmware/hardware', firmware(memTotal, options), 0),
    area(1, 'kernel image', image, 0),
    area(2, 'kernel dynamic memory', kernel, kernelCache),
    area(3, 'userspace memory', userspace, mapped),
    area(4, 'free memory', memFree, memFree),
  ]
}

export interface SystemViewOptions {
  /** The memory of the hardware in kB, when stated by the user: the kernel knows only what it got of it. */
  readonly realMem?: number
  /** The size of the kernel's image in kB, when stated by the user. */
  readonly kernelSize?: number
}

/** From /proc/meminfo, in kB. undefined: this kernel does not say. */
export interface SmemMeminfo {
  readonly memTotal: number | undefined
  readonly memFree: number | undefined
  readonly buffers: number | undefined
  readonly cached: number | undefined
  readonly sReclaimable: number | undefined
  readonly anonPages: number | undefined
  readonly mapped: number | undefined
  readonly swapTotal: number | undefined
}

export interface SystemRow {
  /** 0 for the hardware's end, 4 for free memory. */
  order: number
  area: string
  used: Amount
  /** The part of `used` that the kernel would give up for other uses. */
  cache: Amount
  noncache: Amount
}

/** What the kernel never got: 0 unless the user says how much there is. */
function firmware(memTotal: number | undefined, { realMem, kernelSize = 0 }: SystemViewOptions): Amount {
  if (memTotal === undefined) return undefined
  const rest = (realMem ?? memTotal) - memTotal - kernelSize
  if (rest < 0 || realMem === undefined) return 0
  return { float: rest }
}

function area(order: number, name: string, used: Amount, cache: number | undefined): SystemRow {
  if (used === undefined || cache === undefined) return { order, area: name, used, cache, noncache: undefined }
  const noncache = typeof used === 'number' ? used - cache : { float: used.float - cache }
  return { order, area: name, used, cache, noncache }
}

/** Nothing that is computed from an unknown is known. */
function known<T extends readonly (number | undefined)[]>(
  values: readonly [...T], compute: (...values: { [K in keyof T]: number }) => number,
): number | undefined {
  return values.includes(undefined) ? undefined : compute(...(values as { [K in keyof T]: number }))
}
