import { createGzip, type Gzip } from 'node:zlib'
import type { AtomicFile } from './atomic_file.ts'
import { BLOCK, makeTarHeader, padded } from './tar_header.ts'

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
  readonly #file: AtomicFile
  readonly #gzip: Gzip | undefined
  #failure: unknown

  constructor(file: AtomicFile, gzip: boolean) {
    this.#file = file
    if (!gzip) return
    // Level 6 takes three times as long for archives that are a sixth smaller.
    this.#gzip = createGzip({ level: 3 })
    this.#gzip.on('data', (chunk: Buffer) => {
      try {
        this.#store(chunk)
      } catch (error) {
        this.#failure ??= error
      }
    })
  }

  async add(name: string, content: Buffer, owner: MemberOwner): Promise<void> {
    await this.#write(makeTarHeader({ ...owner, name, isDirectory: false, size: content.length }))
    if (content.length === 0) return
    await this.#write(content)
    await this.#write(Buffer.alloc(padded(content.length) - content.length))
  }

  async addDirectory(name: string, owner: MemberOwner): Promise<void> {
    await this.#write(makeTarHeader({ ...owner, name, isDirectory: true, size: 0 }))
  }

  /** Two blocks of zeros end an archive. */
  async end(): Promise<void> {
    await this.#write(Buffer.alloc(2 * BLOCK))
    const gzip = this.#gzip
    if (gzip === undefined) return
    await new Promise((resolve) => {
      gzip.once('end', resolve)
      gzip.end()
    })
    this.#check()
  }

  async #write(bytes: Buffer): Promise<void> {
    const gzip = this.#gzip
    if (gzip === undefined) this.#store(bytes)
    else if (bytes.length > 0) await new Promise((resolve) => gzip.write(bytes, resolve))
    this.#check()
  }

  #store(bytes: Buffer): void {
    this.#file.write(bytes)
    this.size += bytes.length
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}
