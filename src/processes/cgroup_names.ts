/** What a cgroup path says about who runs a process. */
export interface CgroupNames {
  /** 'docker 3f2a9c0b1d4e', 'podman ...', 'containerd ...', 'cri-o ...', 'lxc NAME', ...; undefined outside of containers. */
  readonly container: string | undefined
  /** The innermost systemd unit: 'nginx.service', 'session-3.scope'; undefined without systemd. */
  readonly unit: string | undefined
}

const SHORT_ID_LENGTH = 12

/** How each runtime names the cgroup of a container, under systemd and without it. */
const RUNTIMES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['docker', /^docker-([0-9a-f]{64})\.scope$/],
  ['containerd', /^cri-containerd-([0-9a-f]{64})\.scope$/],
  ['containerd', /^nerdctl-([0-9a-f]{64})\.scope$/],
  ['cri-o', /^crio-(?:conmon-)?([0-9a-f]{64})(?:\.scope)?$/],
  ['podman', /^libpod-(?:payload-|conmon-)?([0-9a-f]{64})(?:\.scope)?$/],
  ['lxc', /^lxc(?:\.payload)?[.:/](.+)$/],
  ['nspawn', /^machine-(.+)\.scope$/],
]

const PARENTS: ReadonlyMap<string, string> = new Map([['docker', 'docker'], ['lxc', 'lxc'], ['libpod_parent', 'podman']])
const BARE_ID = /^[0-9a-f]{64}$/
const UNIT = /\.(?:service|scope|socket|mount|swap)$/

/** Reads them off a path such as '/system.slice/docker-<id>.scope'. The innermost container counts. */
export function cgroupNames(path: string | undefined): CgroupNames {
  const parts = (path ?? '').split('/').filter((part) => part !== '')
  return { container: containerOf(parts), unit: parts.findLast((part) => UNIT.test(part)) }
}

function containerOf(parts: readonly string[]): string | undefined {
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index] ?? ''
    for (const [runtime, pattern] of RUNTIMES) {
      const id = pattern.exec(part)?.[1]
      if (id !== undefined) return `${runtime} ${shortened(id)}`
    }
    const parent = PARENTS.get(parts[index - 1] ?? '')
    if (parent !== undefined && (BARE_ID.test(part) || parent === 'lxc')) return `${parent} ${shortened(part)}`
    if (BARE_ID.test(part)) return `${isPod(parts[index - 1]) ? 'kubernetes' : 'container'} ${shortened(part)}`
  }
  return undefined
}

function isPod(part: string | undefined): boolean {
  return part !== undefined && /(?:^|[-_])pod[0-9a-f]{8}[-_]/.test(part)
}

function shortened(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, SHORT_ID_LENGTH) : id
}
