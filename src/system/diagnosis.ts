import type { MachineFacts } from './machine_facts.ts'
import type { Support } from './support.ts'

/** What was tried and met: nothing here is concluded from version numbers. */
export interface Facts {
  readonly support: Support
  readonly machine: MachineFacts
  readonly access: Access
}

/** What happened when the memory file of every process was opened. */
export interface Access {
  /** Processes with memory of their own. */
  readonly processes: number
  readonly readable: number
  /** Resident bytes of those that could not be opened. */
  readonly unreadRss: number
  /** Of other users, and how many of them could be opened. */
  readonly others: number
  readonly othersReadable: number
  /** Denied ones that run as this user. */
  readonly deniedOwn: number
  /** One that was denied. */
  readonly example: { readonly pid: number, readonly uid: number } | undefined
}

export interface Finding {
  readonly id: FindingId
  /** 'problem': something cannot be read; 'note': something to know; 'ok': as it should be. */
  readonly level: 'ok' | 'note' | 'problem'
  /** One sentence. */
  readonly text: string
  readonly remedies: readonly Remedy[]
}

export type FindingId =
  'platform' | 'backend' | 'access' | 'hidepid' | 'capabilities' | 'own-processes' | 'container' | 'user-namespace'
  | 'no-new-privileges' | 'smaps' | 'rollup' | 'pss' | 'page-mapcount' | 'cgroup' | 'pressure'

/** A command that helps, and what it brings with it. */
export interface Remedy {
  readonly command: string
  readonly effect: string
  readonly warning: string | undefined
}

export interface Diagnosis {
  /** Every process of which this user knows could be opened, and none is hidden. */
  readonly complete: boolean
  readonly findings: readonly Finding[]
}

/** What these facts mean, most important first. */
export function diagnose(facts: Facts): Diagnosis {
  const { support } = facts
  if (!support.supported || support.kernel === undefined || support.privileges === undefined) {
    return { complete: false, findings: [problem('platform', support.backendReason ?? `${support.platform} is not supported`)] }
  }
  const findings = [
    access(facts), hidepid(facts), ownProcesses(facts), ...restrictions(facts), capabilities(facts), ...kernel(facts),
    backend(facts), ...surroundings(facts),
  ].filter((finding) => finding !== undefined)
  return { complete: !findings.some(({ level }) => level === 'problem'), findings }
}

function access({ access: seen, machine, support: { privileges } }: Facts): Finding {
  const { processes, readable, unreadRss, others, othersReadable, example } = seen
  if (readable === processes) {
    const tried = others === 0 ? 'none of which belongs to another user' : `${others} of them of other users`
    return ok('access', `all ${processes} processes can be read, ${tried}`)
  }
  const met = example === undefined ? '' : ` (such as ${example.pid} of uid ${example.uid})`
  const ofOthers = others === 0 ? '' : `, ${othersReadable} of ${others} of other users`
  const text = `${readable} of ${processes} processes can be read${ofOthers}; `
    + `${processes - readable} with ${Math.round(unreadRss / 1024)} kB RSS cannot${met}`
  const isPrivileged = privileges?.capSysPtrace === true || (privileges?.capPerfmon === true && othersReadable > 0)
  if (others === othersReadable) return problem('access', text)
  if (isPrivileged) return problem('access', `${text}. ${MORE_NEEDED}`)
  return { ...problem('access', text), remedies: remedies(machine) }
}

const MORE_NEEDED = 'The capabilities that this has would do, if these were not in another user namespace or kept by a '
  + 'security module (AppArmor, SELinux, a sandbox)'

/** Those that cannot work here are left out. */
function remedies(machine: MachineFacts): Remedy[] {
  const { node } = machine
  const asRoot: Remedy = { command: 'sudo smem-ts', effect: 'runs one command as root', warning: undefined }
  if (machine.noNewPrivileges) return []
  const capability = grantable(machine)
  if (capability === undefined || machine.userNamespace === true) return [asRoot]
  const capabilities = `${capability}+ep`
  const copy = '/usr/local/lib/smem-ts/node'
  const command = '"$(readlink -f "$(command -v smem-ts)")"'
  return [
    asRoot,
    {
      command: `sudo install -D -m 0750 -g "$(id -gn)" ${quoted(node)} ${copy} && sudo setcap ${capabilities} ${copy}`,
      effect: `a copy of node that only root and your group may run: ${copy} ${command}`,
      warning: `every script that this copy runs may read all processes. Make it again when node is updated. ${SECURE}`,
    },
    ...(machine.canGetCapSysPtrace ? [{
      command: `sudo systemd-run --pty --uid="$(id -u)" -p AmbientCapabilities=CAP_SYS_PTRACE ${quoted(node)} ${command}`,
      effect: 'for this run only; a service has AmbientCapabilities=CAP_SYS_PTRACE and User= in its unit',
      warning: undefined,
    }] : []),
    ...(machine.nodeNosuid === true ? [] : [{
      command: `sudo setcap ${capabilities} ${quoted(node)}`,
      effect: `node itself; to undo it: sudo setcap -r ${quoted(node)}`,
      warning: 'every script of every user that this node runs may then read all processes, and with cap_sys_ptrace change them. '
        + SECURE,
    }]),
  ]
}

const SECURE = 'From Linux 6.15 on cap_perfmon alone is enough. Such a node ignores NODE_OPTIONS, and what it runs cannot be '
  + 'read by its own user without the capability'

/** cap_perfmon serves from Linux 6.15 on, cap_sys_ptrace always; the first only reads. */
function grantable({ canGetCapPerfmon, canGetCapSysPtrace }: MachineFacts): string | undefined {
  const names = [canGetCapPerfmon ? 'cap_perfmon' : '', canGetCapSysPtrace ? 'cap_sys_ptrace' : ''].filter((name) => name !== '')
  return names.length === 0 ? undefined : names.join(',')
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

function hidepid({ support: { privileges }, machine: { hidepid: value }, access: { others } }: Facts): Finding | undefined {
  if (value === undefined) return undefined
  const text = `/proc is mounted with hidepid=${value}`
  if (privileges?.capSysPtrace === true) return note('hidepid', `${text}, which hides nothing from CAP_SYS_PTRACE`)
  if (value === '1' || value === 'noaccess') return note('hidepid', `${text}: other users' command lines are hidden`)
  // Members of the mount's group see everybody.
  if (others > 0 && value !== '4' && value !== 'ptraceable') return note('hidepid', `${text}, but not from this user`)
  return {
    ...problem('hidepid', `${text}: processes of other users are hidden, and how many is not known`),
    remedies: [{
      command: 'sudo mount -o remount,hidepid=0 /proc',
      effect: 'shows them to everybody; gid=GROUP in place of hidepid=0 shows them to one group',
      warning: "every user then sees every other user's command lines",
    }],
  }
}

function ownProcesses({ access: { deniedOwn } }: Facts): Finding | undefined {
  if (deniedOwn === 0) return undefined
  const which = deniedOwn === 1 ? '1 process of this very user is denied' : `${deniedOwn} processes of this very user are denied`
  return problem('own-processes', `${which}: made unreadable by itself (not dumpable), more privileged, `
    + 'in another user namespace, or kept by a security module (AppArmor, SELinux)')
}

function restrictions({ machine }: Facts): (Finding | undefined)[] {
  const { container, pidNamespace, userNamespace, noNewPrivileges } = machine
  return [
    containment(container, pidNamespace),
    userNamespace === true
      ? note('user-namespace', 'this is a user namespace of its own: root and capabilities count only for processes inside it')
      : undefined,
    noNewPrivileges
      ? note('no-new-privileges', 'no_new_privs is set: neither sudo nor setcap has any effect on what is started from here')
      : undefined,
  ]
}

function containment(container: string | undefined, pidNamespace: boolean | undefined): Finding | undefined {
  const what = container === undefined ? 'a PID namespace of its own' : `a container (${container})`
  if (pidNamespace !== true) {
    return container === undefined ? undefined : note('container', `this looks like ${what}`
      + (pidNamespace === false ? ' that shows all processes of the machine' : ''))
  }
  return note('container', `this is ${what}: the other processes of the machine cannot be seen from here`, [{
    command: 'docker run --pid=host --cap-add=SYS_PTRACE --cap-add=PERFMON ...',
    effect: 'a container that sees them; podman and Kubernetes (hostPID: true) have the same',
    warning: undefined,
  }])
}

function capabilities({ support: { privileges }, access: seen }: Facts): Finding | undefined {
  if (privileges === undefined) return undefined
  const { root, uid, capPerfmon, capSysPtrace } = privileges
  const names = [capPerfmon ? 'CAP_PERFMON' : '', capSysPtrace ? 'CAP_SYS_PTRACE' : ''].filter((name) => name !== '')
  const held = names.length === 0 ? 'neither CAP_PERFMON nor CAP_SYS_PTRACE' : names.join(' and ')
  const text = `uid ${uid ?? '?'}${root ? ' (root)' : ''}, ${held}`
  if (capPerfmon && !capSysPtrace && seen.others > 0 && seen.othersReadable === 0) {
    return note('capabilities', `${text}, which this kernel does not take for smaps (Linux 6.15 does): CAP_SYS_PTRACE is needed`)
  }
  return ok('capabilities', text)
}

function kernel({ support: { kernel: found } }: Facts): (Finding | undefined)[] {
  if (found === undefined) return []
  if (!found.smaps && !found.rollup) {
    return [problem('smaps', `Linux ${found.release} has neither smaps nor smaps_rollup (CONFIG_PROC_PAGE_MONITOR): RSS only`)]
  }
  return [
    found.smaps ? undefined : note('smaps', 'there is no smaps: no mappings'),
    found.rollup
      ? ok('rollup', `Linux ${found.release} has smaps_rollup, ${found.fields.length} figures`)
      : note('rollup', `Linux ${found.release} has no smaps_rollup (4.14): smaps is read, at up to ten times the cost`),
    found.pss ? undefined : problem('pss', 'this kernel does not tell PSS'),
    found.noPageMapcount === true
      ? note('page-mapcount', 'CONFIG_NO_PAGE_MAPCOUNT: PSS of large folios is an average, and USS can be too small') : undefined,
  ]
}

function backend({ support: { backend: name, backendReason } }: Facts): Finding {
  if (name === 'native') return ok('backend', 'the native addon reads /proc')
  return note('backend', `node:fs reads /proc, slower than the native addon: ${backendReason ?? 'unknown'}`)
}

function surroundings({ machine: { cgroup, pressure } }: Facts): Finding[] {
  const { version, limit } = cgroup
  const limitText = limit === undefined ? 'no memory limit found' : `memory limit ${Math.round(limit / 1024)} kB`
  const names = { v1: 'cgroup v1', v2: 'cgroup v2', hybrid: 'cgroup v1 for memory, v2 beside it' }
  return [
    version === undefined ? note('cgroup', 'no memory cgroup is mounted') : ok('cgroup', `${names[version]}, ${limitText}`),
    pressure
      ? ok('pressure', 'memory pressure (PSI) can be read')
      : note('pressure', 'no memory pressure (PSI): CONFIG_PSI is off, or the kernel was started without psi=1'),
  ]
}

function ok(id: FindingId, text: string): Finding {
  return { id, level: 'ok', text, remedies: [] }
}

function note(id: FindingId, text: string, remedies: readonly Remedy[] = []): Finding {
  return { id, level: 'note', text, remedies }
}

function problem(id: FindingId, text: string): Finding {
  return { id, level: 'problem', text, remedies: [] }
}
