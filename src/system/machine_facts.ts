import { existsSync, readlinkSync, realpathSync } from 'node:fs'
import { readLimits } from './cgroup_memory.ts'
import { CGROUP_ROOT, findCgroups } from './cgroup_mounts.ts'
import { cgroupPath } from './cgroup_path.ts'
import { parseMountinfo, type Mount } from './mounts.ts'
import { readHidepid } from './privileges.ts'
import { readText } from './text_file.ts'

/** What of this machine decides whose memory a user can see, and what else there is to measure. */
export interface MachineFacts {
  /** Real path of the node that runs this. */
  readonly node: string
  /** Whether file capabilities can work on it: not on a mount with nosuid; undefined when that is not known. */
  readonly nodeNosuid: boolean | undefined
  /** PR_SET_NO_NEW_PRIVS: file capabilities and sudo do nothing, here and in all children. */
  readonly noNewPrivileges: boolean
  /** A seccomp filter is on. */
  readonly seccomp: boolean
  /** Bounding set: capabilities outside of it cannot be had by any program started from here. */
  readonly canGetCapPerfmon: boolean
  readonly canGetCapSysPtrace: boolean
  /** Not the machine's first one: capabilities count only for what runs inside. undefined when it cannot be told. */
  readonly userNamespace: boolean | undefined
  /** Not the machine's first one: other processes of the machine cannot be seen. */
  readonly pidNamespace: boolean | undefined
  /** 'docker', 'podman', ...; undefined outside of one, as far as can be told. */
  readonly container: string | undefined
  /** The hidepid option of the /proc that is seen here: '1', 'invisible', ...; undefined when it is off or unknown. */
  readonly hidepid: string | undefined
  readonly cgroup: CgroupFacts
  /** /proc/pressure/memory can be read (CONFIG_PSI, 4.20). */
  readonly pressure: boolean
}

export interface CgroupFacts {
  /** 'hybrid': v2 is mounted, but the memory controller is v1's. */
  readonly version: 'v1' | 'v2' | 'hybrid' | undefined
  /** The cgroup of this process that accounts memory. */
  readonly path: string | undefined
  /** The lowest memory limit from there up, as far as it is mounted, in bytes; undefined: none was found. */
  readonly limit: number | undefined
}

/** Costs about a millisecond; what cannot be read is undefined. */
export function readMachineFacts(): MachineFacts {
  const status = readText('/proc/self/status') ?? ''
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  const node = realPath(process.execPath)
  const mounts = parseMountinfo(readText('/proc/self/mountinfo') ?? '')
  return {
    node,
    nodeNosuid: isNosuid(mounts, node),
    noNewPrivileges: /^NoNewPrivs:\s*1$/m.test(status),
    seccomp: /^Seccomp:\s*[12]$/m.test(status),
    canGetCapPerfmon: ((bounding >> 38n) & 1n) === 1n,
    canGetCapSysPtrace: ((bounding >> 19n) & 1n) === 1n,
    userNamespace: isNamespaceOfItsOwn('user', FIRST_USER_NAMESPACE),
    pidNamespace: isNamespaceOfItsOwn('pid', FIRST_PID_NAMESPACE),
    container: containerKind(),
    hidepid: readHidepid(),
    cgroup: cgroupFacts(mounts),
    pressure: readText('/proc/pressure/memory') !== undefined,
  }
}

/** The memory controller's version, and the lowest limit on the way from this process's cgroup up. */
function cgroupFacts(mounts: readonly Mount[]): CgroupFacts {
  const membership = readText('/proc/self/cgroup') ?? ''
  const isV1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:/m.test(membership)
  const hasV2 = mounts.some(({ type }) => type === 'cgroup2')
  const version = isV1 ? (hasV2 ? 'hybrid' : 'v1') : hasV2 ? 'v2' : undefined
  const { memory } = findCgroups(membership, process.pid, { procRoot: '/proc', cgroupRoot: CGROUP_ROOT })
  const limit = memory === undefined ? undefined : readLimits(memory)[0]?.bytes
  return { version, path: cgroupPath(membership), limit }
}

/** Fixed numbers of the kernel: PROC_USER_INIT_INO and PROC_PID_INIT_INO. */
const FIRST_USER_NAMESPACE = 0xeffffffd
const FIRST_PID_NAMESPACE = 0xeffffffc

function isNamespaceOfItsOwn(name: string, first: number): boolean | undefined {
  try {
    const number = /\[(\d+)\]$/.exec(readlinkSync(`/proc/self/ns/${name}`))?.[1]
    return number === undefined ? undefined : Number(number) !== first
  } catch {
    return undefined
  }
}

function containerKind(): string | undefined {
  const named = readText('/run/systemd/container')?.trim()
  if (named !== undefined && /^[\w.-]{1,40}$/.test(named)) return named
  if (existsSync('/run/.containerenv')) return 'podman'
  if (existsSync('/.dockerenv')) return 'docker'
  return existsSync('/var/run/secrets/kubernetes.io') ? 'kubernetes' : undefined
}

/** The mount with the longest point above the path; of mounts on one point the last one is seen. */
function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const above = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`))
  return above.reduce<Mount | undefined>(
    (best, mount) => (mount.point.length >= (best?.point.length ?? 0) ? mount : best), undefined)
}

function isNosuid(mounts: readonly Mount[], path: string): boolean | undefined {
  return mountOf(mounts, path)?.flags.split(',').includes('nosuid')
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
