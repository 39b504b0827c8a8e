import { createGzip, type Gzip } from 'node:zlib'
import { BLOCK, makeTarHeader, padded } from './tar_header.ts'

/** Takes the pieces of a file in their order; the next one comes when the promise is kept. */
export type WriteBytes = (bytes: Uint8Array) => void | Promise<void>

export interface MemberOwner {
  readonly uid: number
  readonly gid: number
  /** '' for none. */
  readonly userName: string
  /** Seconds since the epoch. */
  readonly mtime: number
}

/** A tar archive that is written member by member; memory for one member is all that it takes. */
export class TarSink {
  /** Bytes written so far. */
  size = 0
  readonly #write: WriteBytes
  readonly #gzip: Gzip | undefined
  /** Compressed and not written yet. */
  readonly #ready: Buffer[] = []

  constructor(write: WriteBytes, gzip: boolean) {
    this.#write = write
    if (!gzip) return
    // Level 6 takes three times as long for archives that are a sixth smaller.
    this.#gzip = createGzip({ level: 3 })
    this.#gzip.on('data', (chunk: Buffer) => this.#ready.push(chunk))
  }

  async add(name: string, content: Buffer, owner: MemberOwner): Promise<void> {
    await this.#append(makeTarHeader({ ...owner, name, isDirectory: false, size: content.length }))
    if (content.length === 0) return
    await this.#append(content)
    await this.#append(Buffer.alloc(padded(content.length) - content.length))
  }

  async addDirectory(name: string, owner: MemberOwner): Promise<void> {
    await this.#append(makeTarHeader({ ...owner, name, isDirectory: true, size: 0 }))
  }

  /** Two blocks of zeros end an archive. */
  async end(): Promise<void> {
    await this.#append(Buffer.alloc(2 * BLOCK))
    const gzip = this.#gzip
    if (gzip === undefined) return
    await new Promise((resolve) => {
      gzip.once('end', resolve)
      gzip.end()
    })
    await this.#storeReady()
  }

  async #append(bytes: Buffer): Promise<void> {
    const gzip = this.#gzip
    if (bytes.length === 0) return
    if (gzip === undefined) return this.#store(bytes)
    await new Promise((resolve) => gzip.write(bytes, resolve))
    await this.#storeReady()
  }

  async #storeReady(): Promise<void> {
    for (const chunk of this.#ready.splice(0)) await this.#store(chunk)
  }

  async #store(bytes: Buffer): Promise<void> {
    await this.#write(bytes)
    this.size += bytes.length
  }
}
