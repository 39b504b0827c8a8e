import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Claim, Effort, Measured, Skipped } from '../support/claim.ts'
import { ratioOfTimes, wallSeconds } from '../support/paired.ts'
import { median } from '../support/statistics.ts'
import { Victims } from '../support/victims.ts'

const SLEEPERS = 300
const NODES = 20
const SMEM = '/usr/bin/smem'
const COMMAND = fileURLToPath(new URL('../../dist/cli/main.cjs', import.meta.url))

/** The whole command as a user waits for it, Node's start included. */
export const commandClaims: readonly Claim[] = [
  {
    name: 'command-default',
    text: `smem / smem-ts, the default view of ${NODES} idle Nodes, ${SLEEPERS} sleeping programs and the machine's own`,
    unit: 'ratio',
    goal: { is: '>=', limit: 3 },
    measure: (effort) => againstSmem([], effort),
  },
  {
    name: 'command-mappings',
    text: 'smem -m / smem-ts -m, the same processes',
    unit: 'ratio',
    goal: { is: '>=', limit: 2.5 },
    measure: (effort) => againstSmem(['-m'], effort),
  },
  {
    name: 'command-start',
    text: 'smem-ts --version, beyond node -e 0',
    unit: 'ms',
    goal: { is: '<=', limit: 25 },
    measure: startUp,
  },
]

async function againstSmem(args: readonly string[], effort: Effort): Promise<Measured | Skipped> {
  if (!existsSync(SMEM)) return { skipped: 'smem is not installed' }
  if (!existsSync(COMMAND)) return { skipped: 'not built: npm run build:ts' }
  await using victims = new Victims()
  await Promise.all(Array.from({ length: NODES }, () => victims.node()))
  await Promise.all(Array.from({ length: SLEEPERS }, () => victims.sleeper()))
  const measured = await ratioOfTimes(
    () => wallSeconds(() => run(SMEM, args)),
    () => wallSeconds(() => run(process.execPath, [COMMAND, ...args])),
    effort,
  )
  return { ...measured, detail: `${measured.detail}; peak ${peakMegabytes(args)} MB, Node ${process.versions.node}` }
}

async function startUp({ rounds }: Effort): Promise<Measured | Skipped> {
  if (!existsSync(COMMAND)) return { skipped: 'not built: npm run build:ts' }
  run(process.execPath, [COMMAND, '--version']) // fills the compile cache, as a user's first run does
  const beyond: number[] = []
  for (let round = 0; round < rounds; round++) {
    const bare = wallSeconds(() => run(process.execPath, ['-e', '0']))
    const command = wallSeconds(() => run(process.execPath, [COMMAND, '--version']))
    beyond.push((command - bare) * 1000)
  }
  return { value: median(beyond), detail: `Node ${process.versions.node}` }
}

function run(program: string, args: readonly string[]): void {
  const env = { ...process.env }
  // Python would not buffer, which slows smem down.
  delete env['PYTHONUNBUFFERED']
  // Node 20 would read certificates before anything else, for 40 ms.
  delete env['NODE_EXTRA_CA_CERTS']
  const { status, error } = spawnSync(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1024 ** 3 })
  if (error !== undefined || status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? status}`)
}

/** Peak RSS of the command, as it says itself when it ends. */
function peakMegabytes(args: readonly string[]): string {
  const report = 'process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS))'
  const { stderr } = spawnSync(process.execPath, ['--import', `data:text/javascript,${report}`, COMMAND, ...args], {
    encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'],
  })
  return (Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024).toFixed(0)
}
