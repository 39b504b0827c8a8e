import { readFileSync } from 'node:fs'

/** What decides whose smaps this process may read. */
export interface Privileges {
  /** Effective user; undefined where the platform has none. */
  readonly uid: number | undefined
  readonly root: boolean
  /** Reads every process, on every kernel. */
  readonly capSysPtrace: boolean
  /** Reads every process from Linux 6.15 on. */
  readonly capPerfmon: boolean
  /** The hidepid option of /proc: 'invisible' or 2 hides other users' processes; undefined when it is off or unknown. */
  readonly hidepid: string | undefined
}

const CAP_SYS_PTRACE = 19n
const CAP_PERFMON = 38n

export function readPrivileges(): Privileges {
  const effective = effectiveCapabilities()
  const has = (capability: bigint): boolean => ((effective >> capability) & 1n) === 1n
  const uid = process.geteuid?.()
  return {
    uid,
    root: uid === 0,
    capSysPtrace: has(CAP_SYS_PTRACE),
    capPerfmon: has(CAP_PERFMON),
    hidepid: readHidepid(),
  }
}

function effectiveCapabilities(): bigint {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(readOrEmpty('/proc/self/status'))
  return BigInt(`0x${line?.[1] ?? '0'}`)
}

/** Of the /proc that is seen: the last one of several that are mounted over each other. */
export function readHidepid(): string | undefined {
  const mounts = [...readOrEmpty('/proc/self/mounts').matchAll(/^\S+ \/proc (\S+) (\S+)/gm)]
  const [, type, options = ''] = mounts.at(-1) ?? []
  const value = type === 'proc' ? /(?:^|,)hidepid=([^,]+)/.exec(options)?.[1] : undefined
  return value === '0' || value === 'off' ? undefined : value
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
