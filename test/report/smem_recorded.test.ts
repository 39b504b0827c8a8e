import { strict as assert } from 'node:assert'
import { deviationOf } from './support/deviations.ts'
import { recordings, type Recording } from './support/recordings.ts'
import { ourOutput } from './support/run_smem.ts'
import { parseOptions } from './support/smem_options.ts'

describe('the tables, beside the recorded output of smem 1.5', () => {
  const all = recordings()
  for (const tree of new Set(all.map((recording) => recording.tree))) {
    describe(`on the tree ${tree}`, () => {
      for (const view of ['processes', 'u', 'm', 'w']) {
        const here = all.filter((each) => each.tree === tree && (parseOptions(each.args).view ?? 'processes') === view)
        const comparable = here.filter((recording) => deviationOf(recording) === undefined)
        it(`prints the same bytes in ${comparable.length} of ${here.length} runs of view ${view}`, function () {
          if (comparable.length === 0) this.skip()
          const failures = comparable.filter((recording) => ourBytes(recording) !== recording.stdout)
          const [first] = failures
          if (first === undefined) return
          const what = `${failures.length} runs differ; the first is smem ${JSON.stringify(first.args)}`
          assert.equal(ourBytes(first), first.stdout, `${what}\n${firstDifference(first)}`)
        })
      }
    })
  }

  it('fails where smem failed in no run but those that are known to', () => {
    const unknown = all.filter((recording) => recording.code !== 0 && deviationOf(recording) === undefined)
    assert.deepEqual(unknown, [])
  })
})

function ourBytes({ tree, args, terminalWidth }: Recording): string {
  return ourOutput(tree, args, terminalWidth)
}

function firstDifference(recording: Recording): string {
  const ours = ourBytes(recording).split('\n')
  const theirs = (recording.stdout ?? '').split('\n')
  const line = theirs.findIndex((text, index) => text !== ours[index])
  const at = line === -1 ? theirs.length : line
  return `line ${at + 1}\nsmem: ${JSON.stringify(theirs[at])}\nours: ${JSON.stringify(ours[at])}`
}
