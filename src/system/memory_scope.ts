import { existsSync } from 'node:fs'
import { constants as os } from 'node:os'
import { SmemError } from '../errors.ts'
import { checkOptions, checkPath, checkPid } from '../options.ts'
import { isThere, readHigh, readLimits, readUse } from './cgroup_memory.ts'
import { CGROUP_ROOT, findCgroups, type CgroupPlaces } from './cgroup_mounts.ts'
import { readMeminfo, type Meminfo } from './meminfo.ts'
import { readText } from './text_file.ts'

/** The memory that a process may use, and what is used of it: of its control group when that has a limit, else of the machine. */
export interface MemoryScope {
  /** Bytes that may be used: the smallest limit of the control group and those above it, or MemTotal. */
  readonly limit: number
  readonly limitKind: 'cgroup' | 'machine'
  /** The file that says so. */
  readonly limitPath: string
  /** memory.high where it is smaller than the limit: from there on the kernel slows down and reclaims. undefined otherwise. */
  readonly high: number | undefined
  /** Bytes used by the same scope; page cache that can be dropped is left out, swap does not count. */
  readonly used: number
  /** The file that says so. */
  readonly usedPath: string
  /** Page cache of the scope, bytes. */
  readonly cache: number
  /** Version of the control group that accounts the process's memory; undefined without any. */
  readonly version: 1 | 2 | undefined
}

export interface MemoryScopeOptions {
  /** @default '/proc' */
  procRoot?: string
  /** What stands for /sys/fs/cgroup in the mount points of procRoot/self/mountinfo. @default '/sys/fs/cgroup' */
  cgroupRoot?: string
  /** The process whose scope it is. @default this process */
  pid?: number
}

/**
 * Reads it once: some 0.2 ms. Whoever reads it again and again uses a `MemoryScopeReader`.
 *
 * @throws {TypeError} on a bad option
 * @throws {SmemError} `ESRCH` when there is no such process, `ENOENT` when there is neither a limit nor procRoot/meminfo
 */
export function readMemoryScope(options: MemoryScopeOptions = {}): MemoryScope {
  return new MemoryScopeReader(options).read()
}

/** Finds the control groups once, and again when the process was moved to another one. Holds no descriptors. */
export class MemoryScopeReader {
  readonly #procRoot: string
  readonly #cgroupRoot: string
  readonly #pid: number | undefined
  #membership: string | undefined
  #places: CgroupPlaces = { memory: undefined, unified: undefined }

  /** @throws {TypeError} on a bad option */
  constructor(options: MemoryScopeOptions = {}) {
    checkOptions(options, ['procRoot', 'cgroupRoot', 'pid'], 'readMemoryScope')
    const { procRoot = '/proc', cgroupRoot = CGROUP_ROOT, pid } = options
    checkPath(procRoot, 'procRoot')
    checkPath(cgroupRoot, 'cgroupRoot')
    if (pid !== undefined) checkPid(pid)
    this.#procRoot = procRoot
    this.#cgroupRoot = cgroupRoot
    this.#pid = pid
  }

  /** Where the process's control groups are now. @throws {SmemError} `ESRCH` */
  places(): CgroupPlaces {
    const folder = `${this.#procRoot}/${this.#pid ?? 'self'}`
    const membership = readText(`${folder}/cgroup`) ?? ''
    if (membership === '' && !existsSync(folder)) throw this.#gone(folder)
    const own = this.#places.memory?.levels[0]
    if (membership !== this.#membership || (own !== undefined && !isThere(own))) {
      const roots = { procRoot: this.#procRoot, cgroupRoot: this.#cgroupRoot }
      this.#places = findCgroups(membership, this.#pid ?? process.pid, roots)
      this.#membership = membership
    }
    return this.#places
  }

  /** @throws as `readMemoryScope` */
  read(): MemoryScope {
    const { memory } = this.places()
    const meminfo = this.#tryMeminfo()
    if (memory === undefined) return this.#machine(meminfo, undefined)
    for (const { bytes, path, folder } of readLimits(memory)) {
      if (meminfo.memTotal !== undefined && bytes > meminfo.memTotal) break
      const use = readUse(memory.version, folder)
      if (use === undefined) continue // vanished since: the next one up
      const high = readHigh(memory)
      return {
        limit: bytes, limitKind: 'cgroup', limitPath: path, high: high !== undefined && high < bytes ? high : undefined,
        used: use.used, usedPath: use.path, cache: use.cache, version: memory.version,
      }
    }
    return this.#machine(meminfo, memory.version)
  }

  #machine(meminfo: Partial<Meminfo>, version: 1 | 2 | undefined): MemoryScope {
    const { memory } = this.#places
    // Without a limit of its own: throws what there is to say when there is no meminfo either.
    const { memTotal, memAvailable, memFree = 0, buffers = 0, cached = 0, shmem = 0, sReclaimable = 0 } =
      meminfo.memTotal === undefined ? readMeminfo({ procRoot: this.#procRoot }) : meminfo
    const path = `${this.#procRoot}/meminfo`
    if (memTotal === undefined) {
      throw new SmemError('ENODATA', `${path} does not say MemTotal`, { errno: -os.errno.ENODATA, syscall: 'read', path })
    }
    const cache = Math.max(0, buffers + cached - shmem)
    const available = memAvailable ?? memFree + cache + sReclaimable // before 3.14
    const high = memory === undefined ? undefined : readHigh(memory)
    return {
      limit: memTotal, limitKind: 'machine', limitPath: path, high: high !== undefined && high < memTotal ? high : undefined,
      used: Math.min(memTotal, Math.max(0, memTotal - available)), usedPath: path, cache, version,
    }
  }

  /** Without /proc/meminfo (procfs mounted with subset=pid) a limit of the control group is all there is to know. */
  #tryMeminfo(): Partial<Meminfo> {
    try {
      return readMeminfo({ procRoot: this.#procRoot })
    } catch (error) {
      if (error instanceof SmemError) return {}
      throw error
    }
  }

  #gone(path: string): SmemError {
    const details = { errno: -os.errno.ESRCH, syscall: 'open', path, ...(this.#pid === undefined ? {} : { pid: this.#pid }) }
    return new SmemError('ESRCH', `cannot tell the memory limit of process ${this.#pid ?? 'self'}: ${path} is not there`, details)
  }
}
