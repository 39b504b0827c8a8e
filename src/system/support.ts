import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { backend, chooseBackend, FIELD_COUNT, FIELD_TABLE, Report, type FieldName } from '../native/index.ts'
import { SmemError } from '../errors.ts'
import { hasKernelConfig } from './kernel_config.ts'
import { readPrivileges, type Privileges } from './privileges.ts'

/** What can be read here, and by what. */
export interface Support {
  /** As process.platform; only 'linux' and 'android' can be read. */
  readonly platform: string
  readonly supported: boolean
  /** What reads /proc: the addon, node:fs, or nothing here. */
  readonly backend: 'native' | 'typescript' | undefined
  /** Why the backend is not 'native'. */
  readonly backendReason: string | undefined
  readonly kernel: KernelSupport | undefined
  readonly privileges: Privileges | undefined
}

export interface KernelSupport {
  readonly release: string
  /** /proc/PID/smaps exists (CONFIG_PROC_PAGE_MONITOR). */
  readonly smaps: boolean
  /** /proc/PID/smaps_rollup exists. */
  readonly rollup: boolean
  /** smaps has Pss. */
  readonly pss: boolean
  /** The figures that this kernel has, of rollup and smaps together. */
  readonly fields: readonly FieldName[]
  /**
   * CONFIG_NO_PAGE_MAPCOUNT: PSS uses the average map count of a large folio, and USS can be too small.
   * Undefined when the kernel does not carry its configuration.
   */
  readonly noPageMapcount: boolean | undefined
}

/**
 * Looks at this machine by reading this process. Costs a few milliseconds.
 *
 * @throws {TypeError} when SMEM_TS_BACKEND is neither 'native' nor 'typescript'; what loading the addon threw when it is 'native'
 */
export function support(): Support {
  const platform = process.platform
  try {
    const { backend: chosen, reason } = chooseBackend()
    return {
      platform,
      supported: true,
      backend: chosen.name,
      backendReason: reason,
      kernel: kernelSupport(),
      privileges: readPrivileges(),
    }
  } catch (error) {
    if (!(error instanceof SmemError)) throw error
    return {
      platform,
      supported: false,
      backend: undefined,
      backendReason: error.message,
      kernel: undefined,
      privileges: undefined,
    }
  }
}

function kernelSupport(): KernelSupport {
  const rollup = fieldsOf('rollup')
  const smaps = fieldsOf('smaps')
  const fields = FIELD_TABLE.map(([name]) => name).filter((name) => rollup.has(name) || smaps.has(name))
  return {
    release: release(),
    smaps: existsSync('/proc/self/smaps'),
    rollup: existsSync('/proc/self/smaps_rollup'),
    pss: fields.includes('pss'),
    fields,
    noPageMapcount: hasKernelConfig('NO_PAGE_MAPCOUNT'),
  }
}

function fieldsOf(source: 'rollup' | 'smaps'): ReadonlySet<FieldName> {
  const figures = new Float64Array(FIELD_COUNT)
  const errno = backend().readUsage('/proc', process.pid, source, figures, new Float64Array(Report.length))
  if (errno !== 0) return new Set()
  return new Set(FIELD_TABLE.map(([name]) => name).filter((_, index) => !Number.isNaN(figures[index])))
}
