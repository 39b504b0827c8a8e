import { readSmapsAsync } from '../../smaps/index.ts'

/** Memory of processes, in bytes; undefined when one of them could not be read. */
export interface PoolMemory {
  readonly pss: number | undefined
  readonly uss: number | undefined
}

/** Sums over the processes; those that have ended meanwhile count nothing. Costs a page walk each, off the event loop. */
export async function measureMemory(pids: readonly number[]): Promise<PoolMemory> {
  const all = await Promise.all(pids.map((pid) => measureProcess(pid)))
  const sum = (name: keyof PoolMemory): number | undefined => (
    all.reduce<number | undefined>((total, memory) => {
      const value = memory[name]
      return total === undefined || value === undefined ? undefined : total + value
    }, 0))
  return { pss: sum('pss'), uss: sum('uss') }
}

export async function measureProcess(pid: number): Promise<PoolMemory & { readonly rss: number | undefined }> {
  try {
    const { pss, uss, rss } = await readSmapsAsync(pid)
    return { pss, uss, rss }
  } catch (error) {
    const isGone = ['ESRCH', 'ERR_NO_ADDRESS_SPACE'].includes((error as NodeJS.ErrnoException).code ?? '')
    return isGone ? { pss: 0, uss: 0, rss: 0 } : { pss: undefined, uss: undefined, rss: undefined }
  }
}
