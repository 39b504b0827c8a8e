/** Readings of machines that never were. */
import type { Snapshot, SnapshotProcess } from '../../../../src/processes/index.ts'
import { FIELD_COUNT } from '../../../../src/native/index.ts'
import { toMemoryUsage } from '../../../../src/smaps/index.ts'
import { parseMeminfo } from '../../../../src/system/index.ts'

export const MB = 1024 * 1024
export const START = Date.UTC(2026, 10, 20, 9, 0, 0)

export interface Figures {
  readonly uss?: number
  readonly pss: number
  readonly rss?: number
  readonly swap?: number
}

export type ProcessSpec = Partial<Omit<SnapshotProcess, 'usage'>> & { readonly pid: number, readonly figures?: Figures }

/** A process that was read, or, without `figures`, one that was not. */
export function processOf({ figures, ...info }: ProcessSpec): SnapshotProcess {
  const pss = figures?.pss ?? 0
  const usage = figures === undefined ? null : {
    ...toMemoryUsage(new Float64Array(FIELD_COUNT).fill(NaN), 0, 'rollup', 1000),
    uss: figures.uss ?? pss * 0.8,
    pss,
    rss: figures.rss ?? pss * 1.5,
    swap: figures.swap ?? 0,
  }
  return {
    ppid: 1, startTime: 100 * info.pid, uid: 1000, user: 'ann', comm: 'node', commandLine: ['node', 'server.js'],
    cgroup: '/', threads: 1, state: 'S', kernelThread: false, rss: figures?.rss ?? 64 * MB, costNs: 0, mappings: undefined,
    unavailable: usage === null ? { code: 'EACCES', reason: 'cannot read it: EACCES (owned by uid 0)' } : null,
    ...info,
    usage,
  }
}

/** A reading of a machine of 16 GB, `seconds` after the start. */
export function snapshotOf(processes: readonly SnapshotProcess[], seconds = 0, usedMb = 6000): Snapshot {
  const total = 16 * 1024 * 1024
  const swapUsed = Math.round(Math.max(0, usedMb - 6300) * 400)
  const meminfo = parseMeminfo([
    `MemTotal: ${total} kB`, `MemAvailable: ${total - Math.round(usedMb * 1024)} kB`,
    'SwapTotal: 1048576 kB', `SwapFree: ${1048576 - swapUsed} kB`,
  ].join('\n'))
  return { takenAt: START + seconds * 1000, meminfo, processes }
}

const PROGRAMS = [
  ['postgres', 'postgres', 90, 24], ['node', 'www', 160, 12], ['java', 'app', 900, 1], ['redis-server', 'redis', 210, 1],
  ['nginx', 'www-data', 14, 8], ['chromium', 'ann', 120, 9], ['python3', 'app', 75, 6], ['dockerd', 'root', 85, 1],
  ['containerd', 'root', 50, 1], ['systemd-journal', 'root', 40, 1], ['prometheus', 'metrics', 180, 1], ['code', 'ann', 140, 5],
  ['sshd', 'root', 4, 6], ['bash', 'ann', 3, 9], ['cron', 'root', 2, 1], ['Xorg', 'root', 70, 1], ['rsyslogd', 'root', 6, 1],
] as const

/** A busy machine: some programs breathe, one leaks, one is replaced halfway, and there is a gap of some minutes. */
export function recording(readings = 180, everySeconds = 20): Snapshot[] {
  return Array.from({ length: readings }, (_, reading) => {
    const pause = reading > readings * 0.62 ? 600 : 0
    const processes: SnapshotProcess[] = []
    let pid = 400
    for (const [comm, user, mb, count] of PROGRAMS) {
      for (let place = 0; place < count; place++) {
        pid += 7
        const wave = 1 + 0.12 * Math.sin(reading / (9 + place) + pid)
        const leak = comm === 'node' && place < 3 ? reading * (0.9 - place * 0.25) : 0
        const restarted = comm === 'java' && reading > readings / 2
        const pss = (mb * wave * (restarted ? 0.55 + 0.3 * (reading / readings) : 1) + leak) * MB
        processes.push(processOf({
          pid: restarted ? pid + 5000 : pid, comm, user, figures: { pss, swap: place === 1 ? 3 * MB : 0 },
          commandLine: [`/usr/bin/${comm}`, `--worker=${place}`, '--config', `/etc/${comm}/main.conf`, '--verbose'],
        }))
      }
    }
    processes.push(processOf({ pid: 77, comm: 'vault', user: 'root', commandLine: ['vault', 'server'], rss: 240 * MB }))
    return snapshotOf(processes, reading * everySeconds + pause, 5600 + 900 * Math.sin(reading / 40) + reading)
  })
}

/** What whoever names a process or an argument may choose. */
export const HOSTILE_NAMES = [
  '</script><script>document.title="owned"</script>', '<img src=x onerror=document.title="owned">', '<b id=owned>bold</b>',
  '"><svg onload=alert(1)>', "'; alert(1); '", '<!--', ']]>', '&lt;b&gt;', '\x1b[31mred\x1b[0m', 'line\nfeed', 'a\u2028b\u2029c',
  'gpj.\u202etxt', '\ud800alone', '\uffff', '日本語のプロセス名', '👩‍👩‍👧‍👦 family', '__proto__', 'constructor', 'http://127.0.0.1:1/x.png',
  'url(http://127.0.0.1:1/y)', 'x'.repeat(5000),
] as const

export function hostileSnapshot(seconds = 0): Snapshot {
  return snapshotOf(HOSTILE_NAMES.map((name, index) => processOf({
    pid: 1000 + index, comm: name, user: index === 3 ? name : 'mallory', commandLine: [name, name],
    figures: { pss: (30 - index) * (1 + seconds / 100) * MB },
  })), seconds)
}
