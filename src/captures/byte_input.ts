import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { SmemError } from '../errors.ts'
import { inflate } from './inflate.ts'
import { attempt } from './system_call.ts'

const CHUNK = 16 * 1024

/** Compressions by the bytes that a file of theirs starts with, and what turns them into something we read. */
const FOREIGN = [
  { magic: [0x42, 0x5a, 0x68], name: 'bzip2', command: 'bzcat' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: 'xz', command: 'xzcat' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd', command: 'zstdcat' },
] as const

/**
 * A file from its beginning to its end, decompressed when it is gzip.
 *
 * @throws {SmemError} `ERR_UNSUPPORTED_COMPRESSION`, or a system error
 */
export function openByteInput(path: string): ByteInput {
  const file = attempt('open', path, () => openSync(path, 'r'))
  try {
    const head = readChunk(path, file)
    for (const { magic, name, command } of FOREIGN) {
      if (!startsWith(head, magic)) continue
      throw new SmemError(
        'ERR_UNSUPPORTED_COMPRESSION', `${path} is compressed with ${name}: decompress it first (${command})`, { path })
    }
    const isGzip = startsWith(head, [0x1f, 0x8b])
    return new ByteInput(path, file, head, isGzip)
  } catch (error) {
    closeSync(file)
    throw error
  }
}

export class ByteInput implements Disposable {
  readonly path: string
  /** Of an uncompressed regular file, whose bytes can be read again at any place; else undefined. */
  readonly seekable: number | undefined
  /** Bytes taken or skipped so far. */
  position = 0
  /** Set when compressed data turn out to be cut or damaged: what came before is good. */
  problem: string | undefined
  readonly #file: number
  readonly #chunks: AsyncGenerator<Buffer, void>
  #buffer: Buffer = Buffer.alloc(0)
  #closed = false
  /** Where the next chunk of a seekable file starts. */
  #filePosition: number

  constructor(path: string, file: number, head: Buffer, isGzip: boolean) {
    this.path = path
    this.#file = file
    this.seekable = !isGzip && attempt('stat', path, () => fstatSync(file)).isFile() ? file : undefined
    this.#filePosition = head.length
    const raw = this.#readAll(head)
    this.#chunks = isGzip ? inflate(raw, (problem) => (this.problem = problem)) : raw
  }

  /** The next bytes, fewer than `size` at the end only. */
  async take(size: number): Promise<Buffer> {
    const bytes = await this.peek(size)
    this.#buffer = this.#buffer.subarray(bytes.length)
    this.position += bytes.length
    return bytes
  }

  /** As `take`, and they stay. */
  async peek(size: number): Promise<Buffer> {
    if (this.#buffer.length < size) {
      const parts = [this.#buffer]
      let length = this.#buffer.length
      while (length < size) {
        const next = await this.#chunks.next()
        if (next.done === true) break
        parts.push(next.value)
        length += next.value.length
      }
      this.#buffer = Buffer.concat(parts, length)
    }
    return this.#buffer.subarray(0, size)
  }

  /** The next piece, as large as it comes; undefined at the end. */
  async chunk(): Promise<Buffer | undefined> {
    if (this.#buffer.length === 0) await this.peek(1)
    const bytes = await this.take(this.#buffer.length)
    return bytes.length === 0 ? undefined : bytes
  }

  /** Returns how many bytes there were to pass over. */
  async skip(size: number): Promise<number> {
    let left = size
    while (left > 0) {
      if (this.#buffer.length === 0 && this.seekable !== undefined) return size - left + this.#jump(left)
      if (this.#buffer.length === 0 && (await this.peek(1)).length === 0) break
      left -= (await this.take(Math.min(left, this.#buffer.length))).length
    }
    return size - left
  }

  close(): void {
    if (!this.#closed) closeSync(this.#file)
    this.#closed = true
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Passes over bytes of a seekable file without reading them. */
  #jump(size: number): number {
    const { size: fileSize } = attempt('stat', this.path, () => fstatSync(this.#file))
    const jumped = Math.max(0, Math.min(size, fileSize - this.#filePosition))
    this.#filePosition += jumped
    this.position += jumped
    return jumped
  }

  async* #readAll(head: Buffer): AsyncGenerator<Buffer, void> {
    for (let chunk = head; chunk.length > 0;) {
      yield chunk
      chunk = readChunk(this.path, this.#file, this.seekable === undefined ? null : this.#filePosition)
      this.#filePosition += chunk.length
    }
  }
}

function readChunk(path: string, file: number, position: number | null = null): Buffer {
  const chunk = Buffer.allocUnsafe(CHUNK)
  return chunk.subarray(0, attempt('read', path, () => readSync(file, chunk, 0, CHUNK, position)))
}

function startsWith(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte)
}
