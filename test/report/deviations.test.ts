import { strict as assert } from 'node:assert'
import { deviationOf } from './support/deviations.ts'
import { recordings, type Recording } from './support/recordings.ts'
import { ourOutput } from './support/run_smem.ts'

/** Each is a heading of docs/smem-compat.md: what smem 1.5 was recorded to do, and what we do in its place. */
describe('where smem is wrong', () => {
  const all = recordings()
  const recorded = (tree: string, ...args: string[]): Recording => {
    const found = all.find((each) => each.tree === tree && each.args.join(' ') === args.join(' '))
    assert.ok(found !== undefined, `no recording of ${args.join(' ')} on ${tree}`)
    assert.ok(deviationOf(found) !== undefined, 'a deviation that no list knows')
    return found
  }
  const cells = (text = ''): string[][] => text.trimEnd().split('\n').map((line) => line.trim().split(/ +/))

  it('has an avguss column, which makes smem crash', () => {
    const { code, error } = recorded('small', '-m', '-c', 'avguss')
    assert.deepEqual({ code, error }, { code: 1, error: 'KeyError' })
    const [header, ...rows] = cells(ourOutput('small', ['-m', '-c', 'avguss']))
    assert.deepEqual(header, ['AVGUSS'])
    assert.ok(rows.some(([figure]) => Number(figure) > 0))
  })

  it('has the VSS of users as vss, where smem has their PSS', () => {
    const args = ['-u', '-c', 'user count swap uss rss pss vss']
    const theirs = cells(recorded('small', ...args).stdout)
    const ours = cells(ourOutput('small', args))
    assert.deepEqual(ours.map((row) => row.slice(0, -1)), theirs.map((row) => row.slice(0, -1)))
    assert.ok(theirs.slice(1).every((row) => row.at(-1) === row.at(-2)))
    assert.ok(ours.slice(1).every((row) => Number(row.at(-1)) > Number(row.at(-2))))
  })

  it('scales negative amounts, which smem leaves in bytes', () => {
    assert.match(recorded('negative', '-w', '-k').stdout ?? '', /kernel dynamic memory +-2703364096\.0 /)
    assert.match(ourOutput('negative', ['-w', '-k']), /kernel dynamic memory +-2\.5G +-193\.4M +-2\.3G /)
  })

  it('goes on beyond terabytes, where smem divides once more and keeps the T', () => {
    assert.match(recorded('hostile', '-k').stdout ?? '', /\.\/beyond +0 +3\.0T /)
    assert.match(ourOutput('hostile', ['-k']), /\.\/beyond +0 +3\.0P /)
  })

  it('survives paths on which smem crashes', () => {
    for (const view of ['-m', '-u']) {
      assert.equal(recorded('hostile', view).code, 1)
      assert.ok(cells(ourOutput('hostile', [view])).length > 1)
    }
  })
})
