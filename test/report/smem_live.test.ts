import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeTree } from '../fixtures/smem/make_tree.ts'
import { treeOf, USER_NAMES, type TreeName } from '../fixtures/smem/trees.ts'
import { deviationOf } from './support/deviations.ts'
import { recordings, type Recording } from './support/recordings.ts'
import { ourOutput } from './support/run_smem.ts'
import { parseOptions } from './support/smem_options.ts'

const TREES: readonly TreeName[] = ['plain', 'noswap', 'small', 'names', 'negative', 'empty']
const RUNS_PER_TREE = 15

describe('the tables, beside the smem of this machine', function () {
  this.timeout(1000 * 120)
  let directory = ''
  let ownersSet = false

  before(function () {
    const reason = whyNot()
    if (reason !== undefined) {
      console.log(`      skipped: ${reason}`)
      this.skip()
    }
    directory = mkdtempSync(join(tmpdir(), 'smem-live-'))
    for (const name of TREES) ownersSet = writeTree(join(directory, name), treeOf(name)).ownersSet
    if (!ownersSet) console.log('      not root: only runs that show no user are compared')
  })

  after(() => {
    if (directory !== '') rmSync(directory, { recursive: true })
  })

  for (const tree of TREES) {
    it(`prints the same bytes on the tree ${tree}`, () => {
      for (const { args } of sampleOf(tree, (run) => ownersSet || !needsOwners(run))) {
        assert.equal(ourOutput(tree, args), smem(join(directory, tree), args), `smem ${JSON.stringify(args)}`)
      }
    })
  }
})

/** Why there is nothing to compare with; undefined: there is. */
function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux'
  if (spawnSync('smem', ['--help'], { stdio: 'ignore' }).status !== 0) return 'smem is not installed'
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'))
  for (const [uid, name] of USER_NAMES) {
    const known = users.find((fields) => fields[2] === String(uid))?.[0]
    if (known !== name) return `uid ${uid} is ${known ?? 'nobody'} here, and ${name} in the trees`
  }
  return users.some((fields) => fields[2] === '4242') ? 'uid 4242 has a name here' : undefined
}

/** Runs spread over all that was recorded, save those that need programs of the recorder's. */
function sampleOf(tree: TreeName, wanted: (recording: Recording) => boolean): Recording[] {
  const runs = recordings().filter((recording) => (
    recording.tree === tree && recording.terminalWidth === undefined && !recording.args.includes('-K') &&
    deviationOf(recording) === undefined && wanted(recording)))
  const step = Math.max(1, Math.floor(runs.length / RUNS_PER_TREE))
  return runs.filter((_, index) => index % step === 0)
}

function needsOwners({ args }: Recording): boolean {
  const { view, values } = parseOptions(args)
  if (values.has('U') || values.get('s') === 'user') return true
  if (view === 'm' || view === 'w') return false
  return !(values.get('c') ?? '') || (values.get('c') ?? '').includes('user') || view === 'u'
}

function smem(source: string, args: readonly string[]): string {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  const { status, stdout, stderr } = spawnSync('smem', ['-S', source, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', env,
  })
  assert.equal(status, 0, stderr)
  return stdout
}
