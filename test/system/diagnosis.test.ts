import assert from 'node:assert/strict'
import {
  diagnose, readMachineFacts, type Access, type Diagnosis, type Facts, type FindingId, type MachineFacts, type Support,
} from '../../src/system/index.ts'

type Parts = { access?: Partial<Access>, machine?: Partial<MachineFacts>, support?: Partial<Support>,
  kernel?: Partial<Support['kernel'] & object>, privileges?: Partial<Support['privileges'] & object> }

/** An unprivileged user of an ordinary machine on which all processes are its own. */
function facts({ access, machine, support, kernel, privileges }: Parts = {}): Facts {
  return {
    access: { processes: 5, readable: 5, unreadRss: 0, others: 0, othersReadable: 0, deniedOwn: 0, example: undefined, ...access },
    machine: {
      node: '/usr/bin/node', nodeNosuid: false, noNewPrivileges: false, seccomp: false, canGetCapPerfmon: true,
      canGetCapSysPtrace: true, userNamespace: false, pidNamespace: false, container: undefined, hidepid: undefined,
      cgroup: { version: 'v2', path: '/', limit: undefined }, pressure: true, ...machine,
    },
    support: {
      platform: 'linux', supported: true, backend: 'native', backendReason: undefined,
      kernel: { release: '6.18.0', smaps: true, rollup: true, pss: true, fields: ['pss'], noPageMapcount: false, ...kernel },
      privileges: { uid: 1000, root: false, capSysPtrace: false, capPerfmon: false, hidepid: undefined, ...privileges },
      ...support,
    },
  }
}

const DENIED = { readable: 2, others: 3, othersReadable: 0, unreadRss: 4096 * 1024, example: { pid: 1, uid: 0 } }

function finding(diagnosis: Diagnosis, id: FindingId): Diagnosis['findings'][number] {
  return diagnosis.findings.find((candidate) => candidate.id === id) ?? assert.fail(`no finding ${id}`)
}

function commands(diagnosis: Diagnosis): readonly string[] {
  return finding(diagnosis, 'access').remedies.map(({ command }) => command)
}

describe('a diagnosis', () => {
  it('is complete where everything can be read', () => {
    const { complete, findings } = diagnose(facts())
    assert.equal(complete, true)
    assert.ok(findings.every(({ level, remedies }) => level === 'ok' && remedies.length === 0))
    assert.equal(findings[0]?.text, 'all 5 processes can be read, none of which belongs to another user')
  })

  it('names the commands that grant what is missing, and what they mean', () => {
    const diagnosis = diagnose(facts({ access: DENIED }))
    assert.equal(diagnosis.complete, false)
    const { text, level, remedies } = finding(diagnosis, 'access')
    assert.equal(level, 'problem')
    assert.equal(text, '2 of 5 processes can be read, 0 of 3 of other users; 3 with 4096 kB RSS cannot (such as 1 of uid 0)')
    assert.deepEqual(commands(diagnosis), [
      'sudo smem-ts',
      'sudo install -D -m 0750 -g "$(id -gn)" /usr/bin/node /usr/local/lib/smem-ts/node'
        + ' && sudo setcap cap_perfmon,cap_sys_ptrace+ep /usr/local/lib/smem-ts/node',
      'sudo systemd-run --pty --uid="$(id -u)" -p AmbientCapabilities=CAP_SYS_PTRACE /usr/bin/node "$(readlink -f "$(command -v smem-ts)")"',
      'sudo setcap cap_perfmon,cap_sys_ptrace+ep /usr/bin/node',
    ])
    assert.match(remedies.at(-1)?.warning ?? '', /every script of every user/)
    assert.match(remedies[1]?.warning ?? '', /every script that this copy runs/)
  })

  it('quotes the path of node for the shell', () => {
    const diagnosis = diagnose(facts({ access: DENIED, machine: { node: "/home/it's $(mine)/node" } }))
    assert.ok(commands(diagnosis).includes("sudo setcap cap_perfmon,cap_sys_ptrace+ep '/home/it'\\''s $(mine)/node'"))
  })

  it('names no command that cannot work', () => {
    const of = (machine: Partial<MachineFacts>): string => commands(diagnose(facts({ access: DENIED, machine }))).join('\n')
    assert.equal(of({ noNewPrivileges: true }), '')
    assert.equal(of({ userNamespace: true }), 'sudo smem-ts')
    assert.equal(of({ canGetCapPerfmon: false, canGetCapSysPtrace: false }), 'sudo smem-ts')
    assert.doesNotMatch(of({ nodeNosuid: true }), /setcap \S+ \/usr\/bin\/node/)
    assert.doesNotMatch(of({ canGetCapSysPtrace: false }), /sys_ptrace/i)
    assert.doesNotMatch(of({ canGetCapPerfmon: false }), /cap_perfmon,|setcap cap_perfmon/)
    assert.match(finding(diagnose(facts({ machine: { noNewPrivileges: true } })), 'no-new-privileges').text, /no_new_privs is set/)
  })

  it('does not grant again what is granted', () => {
    const diagnosis = diagnose(facts({ access: { ...DENIED, readable: 4, othersReadable: 2 }, privileges: { capPerfmon: true } }))
    assert.equal(diagnosis.complete, false)
    assert.deepEqual(commands(diagnosis), [])
    assert.match(finding(diagnosis, 'access').text, /security module/)
  })

  it('sees that a kernel does not take CAP_PERFMON, by trying', () => {
    const diagnosis = diagnose(facts({ access: DENIED, privileges: { capPerfmon: true } }))
    assert.match(finding(diagnosis, 'capabilities').text, /does not take for smaps .* CAP_SYS_PTRACE is needed/)
    assert.ok(commands(diagnosis).length > 1)
  })

  it('tells processes of this user that are denied', () => {
    const { text } = finding(diagnose(facts({ access: { readable: 4, deniedOwn: 1 } })), 'own-processes')
    assert.match(text, /^1 process of this very user is denied: made unreadable by itself/)
  })

  it('is incomplete where processes are hidden', () => {
    const of = (hidepid: string, more: Parts = {}): Diagnosis => diagnose(facts({ ...more, machine: { hidepid } }))
    for (const value of ['2', 'invisible', '4', 'ptraceable']) assert.equal(of(value).complete, false, value)
    assert.match(finding(of('invisible'), 'hidepid').remedies[0]?.command ?? '', /remount,hidepid=0 \/proc/)
    assert.equal(of('1').complete, true)
    assert.equal(of('2', { privileges: { capSysPtrace: true } }).complete, true)
    const member = { access: { others: 2, othersReadable: 2 } }
    assert.deepEqual([of('2', member).complete, of('4', member).complete], [true, false])
  })

  it('tells containers and namespaces', () => {
    const of = (machine: Partial<MachineFacts>): string => finding(diagnose(facts({ machine })), 'container').text
    assert.equal(of({ container: 'docker', pidNamespace: true }),
      'this is a container (docker): the other processes of the machine cannot be seen from here')
    assert.equal(of({ container: 'docker' }), 'this looks like a container (docker) that shows all processes of the machine')
    assert.match(of({ pidNamespace: true }), /PID namespace of its own/)
    assert.match(finding(diagnose(facts({ machine: { userNamespace: true } })), 'user-namespace').text, /only for processes inside/)
  })

  it('tells what the kernel lacks', () => {
    const of = (kernel: Parts['kernel'], id: FindingId): readonly [string, string] => {
      const { level, text } = finding(diagnose(facts(kernel === undefined ? {} : { kernel })), id)
      return [level, text]
    }
    assert.deepEqual(of({ rollup: false }, 'rollup'),
      ['note', 'Linux 6.18.0 has no smaps_rollup (4.14): smaps is read, at up to ten times the cost'])
    assert.equal(of({ rollup: false, smaps: false }, 'smaps')[0], 'problem')
    assert.equal(of({ pss: false }, 'pss')[0], 'problem')
    assert.match(of({ noPageMapcount: true }, 'page-mapcount')[1], /USS can be too small/)
  })

  it('tells which cgroup limits memory, and whether pressure can be read', () => {
    const of = (machine: Partial<MachineFacts>, id: FindingId): string => finding(diagnose(facts({ machine })), id).text
    assert.equal(of({ cgroup: { version: 'hybrid', path: '/a', limit: 1024 ** 2 } }, 'cgroup'),
      'cgroup v1 for memory, v2 beside it, memory limit 1024 kB')
    assert.equal(of({ cgroup: { version: undefined, path: undefined, limit: undefined } }, 'cgroup'), 'no memory cgroup is mounted')
    assert.match(of({ pressure: false }, 'pressure'), /^no memory pressure/)
  })

  it('says why there is nothing to see elsewhere', () => {
    const support = { platform: 'darwin', supported: false, backend: undefined, backendReason: 'only Linux', kernel: undefined, privileges: undefined }
    assert.deepEqual(diagnose(facts({ support })), {
      complete: false, findings: [{ id: 'platform', level: 'problem', text: 'only Linux', remedies: [] }],
    })
  })
})

describe('the facts of this machine', () => {
  it('are of this process', () => {
    const { node, cgroup, noNewPrivileges } = readMachineFacts()
    assert.ok(node.startsWith('/'))
    assert.equal(typeof noNewPrivileges, 'boolean')
    assert.ok(cgroup.limit === undefined || cgroup.limit > 0)
  })
})
