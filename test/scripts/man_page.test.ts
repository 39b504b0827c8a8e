import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { manPage } from '../../scripts/man_page.ts'
import { roffText } from '../../scripts/roff.ts'
import { COMMANDS } from '../../src/cli/specs/index.ts'
import { skip } from '../support/skip.ts'

interface Rendered {
  readonly text: string
  readonly warnings: string
}

/** What a reader sees, and what groff has to say of the source. */
function render(source: string): Rendered {
  const options = ['-man', '-Tutf8', '-ww', '-rLL=100n', '-P-c', '-P-b', '-P-u', '-P-o']
  const { stdout, stderr } = spawnSync('groff', options, { input: source, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  return { text: stdout, warnings: stderr }
}

describe('the manual page', function () {
  this.timeout(1000 * 30)
  const source = manPage(COMMANDS, '1.2.3')

  before(function () {
    if (spawnSync('groff', ['--version']).status !== 0) skip(this, 'groff is not installed')
  })

  it('is formatted without a warning', () => {
    assert.equal(render(source).warnings, '')
  })

  it('is accepted by man', function () {
    if (spawnSync('man', ['--version']).status !== 0) skip(this, 'man is not installed')
    const { status, stderr } = spawnSync('man', ['--warnings=w', '-l', '-'], {
      input: source, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '100', MANPAGER: 'cat' },
    })
    assert.deepEqual([status, stderr], [0, ''])
  })

  it('has all sections', () => {
    const headings = [...render(source).text.matchAll(/^[A-Z][A-Z ]+$/gm)].map(([heading]) => heading)
    assert.deepEqual(headings, [
      'NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'COMMANDS', 'EXIT STATUS', 'ENVIRONMENT', 'FILES', 'SEE ALSO',
    ])
  })

  it('names every option of every command, and shows every example, as they are typed', () => {
    const { text } = render(source)
    // Long examples are broken at blanks.
    const flat = text.replaceAll(/\s+/g, ' ')
    const sections = text.split(/^ {3}(?=smem-ts )/m)
    for (const spec of COMMANDS) {
      const section = spec.name === '' ? text : sections.find((part) => part.startsWith(`smem-ts ${spec.name} `))
      assert.ok(section !== undefined, spec.name)
      for (const { name, short } of spec.options) {
        assert.match(section, new RegExp(`(?:^|[ ,])--${name}(?: |$)`, 'm'), `${spec.name} --${name}`)
        if (short !== undefined) assert.match(section, new RegExp(` -${short}, --${name}(?: |$)`, 'm'))
      }
      for (const [command] of spec.examples) assert.ok(flat.includes(command.replaceAll(/\s+/g, ' ')), command)
    }
  })

  it('shows any text as it is', () => {
    const odd = ".TH x\n'br\n\\fBbold\\fR \\n(.x -- -a 'q' \"d\" `b` ~ ^ | é │ \\"
    const { text, warnings } = render(`.TH X 1\n.SH X\n.nf\n${roffText(odd)}\n`)
    assert.equal(warnings, '')
    const shown = text.split('\n').map((line) => line.replace(/^ {7}/, ''))
    for (const line of odd.split('\n')) assert.ok(shown.includes(line), `${line} in ${text}`)
  })
})
