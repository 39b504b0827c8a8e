// Runs the real smem over the trees of test/fixtures/smem and keeps what it prints, for test/report to compare with.
// `node --import tsx scripts/record-smem.mjs`, as root (owners of processes are owners of directories), smem 1.5 and
// Python 3 installed. It takes some minutes; only its result is needed to run the tests.
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { captureOf } from '../test/fixtures/smem/make_capture.ts'
import { writeTree } from '../test/fixtures/smem/make_tree.ts'
import { argumentLists, KERNEL_SIZES } from '../test/fixtures/smem/runs.ts'
import { TREE_NAMES, treeOf, USER_NAMES } from '../test/fixtures/smem/trees.ts'

const OUTPUT = new URL('../test/fixtures/smem/expected.ndjson.br', import.meta.url)
const SMEM = '/usr/bin/smem'
const PARALLEL = 2

const directory = mkdtempSync(join(tmpdir(), 'record-smem-'))
try {
  const records = await record(prepare())
  const text = records.map((each) => `${JSON.stringify(each)}\n`).join('')
  const size = Buffer.byteLength(text)
  const compressed = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: size },
  })
  writeFileSync(OUTPUT, compressed)
  console.log(`${records.length} records, ${size} bytes, compressed ${compressed.length}`)
} finally {
  rmSync(directory, { recursive: true })
}

/** Writes trees, captures and the programs that smem is to find, and lists what to run. */
function prepare() {
  if (process.getuid() !== 0) throw new Error('run as root: the trees must belong to several users')
  for (const [uid, name] of USER_NAMES) checkUser(uid, name)
  const bin = join(directory, 'bin')
  mkdirSync(bin)
  // smem asks `size` for the size of a kernel, and `stty` for that of the terminal.
  const sizes = Object.entries(KERNEL_SIZES).map(([name, bytes]) => `${name}) dec=${bytes};;`).join(' ')
  program(join(bin, 'size'), `case $1 in ${sizes} esac\necho "text data bss dec hex filename"\necho "1 2 3 $dec 0 $1"`)
  program(join(bin, 'stty'), 'if [ -n "$TERMINAL_WIDTH" ]; then echo "50 $TERMINAL_WIDTH"; else exit 1; fi')
  const patched = join(directory, 'smem-for-captures')
  program(patched, withTarDecoded(readFileSync(SMEM, 'utf8')))

  const sources = []
  for (const name of TREE_NAMES) {
    const tree = treeOf(name)
    writeTree(join(directory, name), tree)
    sources.push({ tree: name, path: join(directory, name), smem: SMEM })
    for (const [extension, bytes] of Object.entries(capturesOf(tree))) {
      const path = join(directory, `${name}.${extension}`)
      writeFileSync(path, bytes)
      sources.push({ tree: `${name}.${extension}`, path, smem: patched })
    }
  }
  return sources.flatMap((source) => argumentLists(source.tree).map((run) => ({ ...source, ...run, bin })))
}

/** Archives by extension; one of each kind is enough, beside a large one. */
function capturesOf(tree) {
  if (tree.name === 'plain') return { tar: captureOf(tree) }
  if (tree.name !== 'small') return {}
  const tar = captureOf(tree)
  return { tar, 'tar.gz': gzipSync(tar), 'named.tar': captureOf(tree, { names: USER_NAMES }) }
}

/** smem 1.5 reads the members of an archive as bytes and then treats them as text: decode them where they are read. */
function withTarDecoded(source) {
  const decoded = source
    .replace(/(\.extractfile\(\w+\)\.read\(\))/, '$1.decode()')
    .replace(/return (\S+\.extractfile\(\w+\)\.readlines\(\))/, 'return [line.decode() for line in $1]')
  if (decoded.split('.decode()').length < 3) throw new Error('this smem does not read archives as 1.5 does')
  return decoded
}

function program(path, text) {
  writeFileSync(path, text.startsWith('#!') ? text : `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
}

function checkUser(uid, name) {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const known = lines.some((line) => line.startsWith(`${name}:`) && line.split(':')[2] === String(uid))
  if (!known) throw new Error(`the trees want uid ${uid} to be ${name} on the machine that records`)
}

async function record(runs) {
  const records = new Array(runs.length)
  let next = 0
  const worker = async () => {
    while (next < runs.length) {
      const index = next++
      records[index] = await runOne(runs[index])
      if (index % 500 === 0) console.log(`${index} of ${runs.length}`)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return records
}

function runOne({ tree, path, smem, bin, args, terminalWidth }) {
  const env = { PATH: [bin, process.env.PATH].join(delimiter), LC_ALL: 'C.UTF-8', TZ: 'UTC' }
  if (terminalWidth !== undefined) env.TERMINAL_WIDTH = String(terminalWidth)
  return new Promise((resolve) => {
    const options = { env, cwd: directory, maxBuffer: 1 << 26 }
    const child = execFile(smem, ['-S', path, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      const where = { tree, args, ...(terminalWidth === undefined ? {} : { terminalWidth }) }
      // Of a failure only the kind is kept: what it prints then is smem's own text.
      resolve(code === 0 ? { ...where, code, stdout } : { ...where, code, error: lastWord(stderr) })
    })
    child.stdin.end()
  })
}

/** `KeyError`, of a traceback. */
function lastWord(stderr) {
  return stderr.trim().split('\n').at(-1).split(':')[0]
}
