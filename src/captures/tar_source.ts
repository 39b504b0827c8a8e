import { readSync } from 'node:fs'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { SmemError } from '../errors.ts'
import type { Unavailable } from '../processes/index.ts'
import type { ByteInput } from './byte_input.ts'
import { BAD_CAPTURE, NOT_CAPTURED, PROCESS_FILES, TOP_FILES, pidOf, type FileSource } from './file_source.ts'
import { attempt } from './system_call.ts'
import { BLOCK, padded, parsePax, parseTarHeader, type TarHeader } from './tar_header.ts'

/** A process with a million mappings has some 800 MB of smaps; what is larger is no capture. */
const MAX_FILE = 2 ** 30
/** Long names and attributes. */
const MAX_EXTENSION = 2 ** 20
/** Every file of more processes than a machine has. */
const MAX_MEMBERS = 2 ** 20
/** Below it, compressing saves nothing. */
const WORTH_COMPRESSING = 4096

/**
 * A tar archive of /proc: by smemcap, by `smem-ts capture`, or by tar itself. Nothing is written to disk: names of members
 * are only looked at. An uncompressed file is read again at each `read`, and kept open until `close`; of a compressed one
 * the useful members are kept in memory, themselves compressed.
 *
 * @throws {SmemError} `ERR_BAD_CAPTURE` when there is no process in it
 */
export async function openTar(input: ByteInput, path: string): Promise<FileSource> {
  const source = new TarSource(input)
  try {
    await source.load()
  } catch (error) {
    source.close()
    throw error
  }
  if (source.pids.length > 0 || source.readTop('meminfo') !== undefined) return source
  source.close()
  const why = source.problems.length === 0 ? '' : ` (${source.problems.join('; ')})`
  throw new SmemError(BAD_CAPTURE, `${path} is an archive, but holds no /proc/PID files${why}`, { path })
}

/** Whether a file that starts so is a tar archive. */
export function isTar(head: Buffer): boolean {
  return head.length >= BLOCK && parseTarHeader(head.subarray(0, BLOCK)) !== undefined
}

interface Owner {
  readonly uid: number | undefined
  readonly userName: string
}

class TarSource implements FileSource {
  pids: readonly number[] = []
  takenAt: number | undefined
  readonly problems: string[] = []
  readonly #input: ByteInput
  readonly #contents = new Map<string, () => Buffer>()
  readonly #owners = new Map<number, Owner>()
  /** Such an archive ends with zeros; smemcap's ends with its last member. */
  #sawUstar = false

  constructor(input: ByteInput) {
    this.#input = input
  }

  async load(): Promise<void> {
    let longName: string | undefined
    let newest = 0
    for (;;) {
      const header = await this.#nextHeader()
      if (header === undefined) break
      if (header.kind === 'longName' || header.kind === 'pax') {
        const content = header.size > MAX_EXTENSION ? undefined : await this.#content(header)
        if (content === undefined) break
        if (header.kind === 'longName') longName = content.toString().replace(/\0.*$/s, '')
        else longName = parsePax(content).get('path') ?? longName
        continue
      }
      newest = Math.max(newest, header.mtime)
      if (!(await this.#take(header, longName ?? header.name))) break
      longName = undefined
    }
    const pids = [...this.#owners.keys(), ...[...this.#contents.keys()].map((key) => pidOf(key.split('/')[0] ?? ''))]
    this.pids = [...new Set(pids.filter((pid) => pid !== undefined))].sort((a, b) => a - b)
    this.takenAt = newest === 0 ? undefined : newest * 1000
    if (this.#input.seekable === undefined) this.#input.close()
  }

  read(pid: number, name: string): Uint8Array | undefined {
    return this.#contents.get(`${pid}/${name}`)?.()
  }

  whyUnread(pid: number, name: string): Unavailable {
    const where = this.problems.length > 0 ? 'what is left of the capture' : 'the capture'
    return { code: NOT_CAPTURED, reason: `${where} has no ${pid}/${name}` }
  }

  readTop(name: string): Uint8Array | undefined {
    return this.#contents.get(name)?.()
  }

  uid(pid: number): number | undefined {
    return this.#owners.get(pid)?.uid
  }

  userName(pid: number): string | undefined {
    return this.#owners.get(pid)?.userName || undefined
  }

  close(): void {
    this.#input.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #nextHeader(): Promise<TarHeader | undefined> {
    const at = this.#input.position
    const block = await this.#input.take(BLOCK)
    if (block.length < BLOCK) {
      const end = at + block.length
      if (this.#input.problem !== undefined) this.problems.push(this.#input.problem)
      else if (end % BLOCK !== 0 || this.#sawUstar) this.problems.push(`the archive is cut off at byte ${end}`)
      return undefined
    }
    if (block.every((byte) => byte === 0)) {
      // Reading on to the end tells whether the compressed data are whole.
      while (this.#input.seekable === undefined && await this.#input.chunk() !== undefined) continue
      if (this.#input.problem !== undefined) this.problems.push(this.#input.problem)
      return undefined
    }
    const header = parseTarHeader(block)
    if (header === undefined) this.problems.push(`the archive is damaged at byte ${at}`)
    this.#sawUstar ||= header?.isUstar === true
    return header
  }

  /** False at the end of what can be read. */
  async #take(header: TarHeader, path: string): Promise<boolean> {
    const place = placeOf(path)
    if (place === undefined) return this.#pass(header, path)
    const { pid, file } = place
    if (pid !== undefined) this.#noteOwner(pid, header, file)
    if (header.kind !== 'file' || file === undefined) return this.#pass(header, path)
    if (header.size > MAX_FILE) {
      this.problems.push(`${keyOf(pid, file)} is said to have ${header.size} bytes, which no such file has`)
      return this.#pass(header, path)
    }
    if (this.#contents.size >= MAX_MEMBERS) {
      throw new SmemError(BAD_CAPTURE, `the archive has more than ${MAX_MEMBERS} files of processes`)
    }
    const key = keyOf(pid, file)
    const at = this.#input.position
    const { seekable, path: archive } = this.#input
    if (seekable !== undefined) {
      if (!(await this.#pass(header, path))) return false
      this.#contents.set(key, () => readAt(archive, seekable, at, header.size))
      return true
    }
    const content = await this.#content(header, path)
    if (content === undefined) return false
    this.#contents.set(key, keep(content))
    return true
  }

  /** The directory tells whose process it is; its files do where the archive has no directories. */
  #noteOwner(pid: number, { uid, userName, kind }: TarHeader, file: string | undefined): void {
    if (kind === 'directory' && file === undefined) this.#owners.set(pid, { uid, userName })
    else if (file === 'stat' && !this.#owners.has(pid)) this.#owners.set(pid, { uid, userName })
  }

  async #pass(header: TarHeader, path: string): Promise<boolean> {
    const passed = await this.#input.skip(padded(header.size))
    // A content is whole although the padding behind it may not be.
    return passed >= header.size || this.#cut(path)
  }

  async #content(header: TarHeader, path = header.name): Promise<Buffer | undefined> {
    const content = await this.#input.take(header.size)
    if (content.length < header.size) {
      this.#cut(path)
      return undefined
    }
    await this.#input.skip(padded(header.size) - header.size)
    return content
  }

  #cut(path: string): false {
    const why = this.#input.problem === undefined ? '' : `: ${this.#input.problem}`
    this.problems.push(`the archive is cut off in ${JSON.stringify(path)}${why}`)
    return false
  }
}

interface Place {
  /** undefined: a file of /proc itself. */
  readonly pid: number | undefined
  /** undefined: the directory of the process, or a file of no use. */
  readonly file: string | undefined
}

/** What a member is by its name: 'N', 'N/smaps', './N/smaps', 'proc/N/smaps', 'meminfo', ...; undefined: nothing of use. */
function placeOf(path: string): Place | undefined {
  const words = path.split('/').filter((word) => word !== '' && word !== '.')
  if (words[0] === 'proc') words.shift()
  const [first = '', second] = words
  const pid = pidOf(first)
  if (pid === undefined) return words.length === 1 && TOP_FILES.includes(first) ? { pid, file: first } : undefined
  if (words.length > 2 || (second !== undefined && !PROCESS_FILES.includes(second))) return undefined
  return { pid, file: second }
}

function keyOf(pid: number | undefined, file: string): string {
  return pid === undefined ? file : `${pid}/${file}`
}

function keep(content: Buffer): () => Buffer {
  if (content.length < WORTH_COMPRESSING) {
    const copy = Buffer.from(content)
    return () => copy
  }
  const packed = deflateRawSync(content, { level: 1 })
  return () => inflateRawSync(packed)
}

function readAt(path: string, file: number, at: number, size: number): Buffer {
  const content = Buffer.allocUnsafe(size)
  let length = 0
  while (length < size) {
    const count = attempt('read', path, () => readSync(file, content, length, size - length, at + length))
    if (count === 0) throw new SmemError(BAD_CAPTURE, 'the capture became shorter while it was read')
    length += count
  }
  return content
}
