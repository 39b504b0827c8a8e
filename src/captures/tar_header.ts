/** Bytes of a tar archive's unit: headers are one, contents are padded to whole ones. */
export const BLOCK = 512

export interface TarHeader {
  readonly name: string
  /** Bytes that follow the header, without padding. */
  readonly size: number
  /** 'file', 'directory', 'longName' and 'pax' (both speak of the next member), or anything else. */
  readonly kind: 'file' | 'directory' | 'longName' | 'pax' | 'other'
  /** undefined when the field holds no number: smemcap writes garbage for files it could not read. */
  readonly uid: number | undefined
  /** '' without one. */
  readonly userName: string
  /** Seconds since the epoch; 0 where it is not told. */
  readonly mtime: number
  /** POSIX or GNU, which end with blocks of zeros; the old form of smemcap does not. */
  readonly isUstar: boolean
}

/** The header in a block; undefined when the block is none: its checksum or its size is wrong. */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  const size = numberAt(block, 124, 12)
  if (size === undefined || !hasChecksum(block)) return undefined
  const isUstar = block.toString('latin1', 257, 262) === 'ustar'
  const prefix = isUstar && block[262] === 0 ? textAt(block, 345, 155) : ''
  const name = prefix === '' ? textAt(block, 0, 100) : `${prefix}/${textAt(block, 0, 100)}`
  const type = String.fromCharCode(block[156] ?? 0)
  // Links, devices and directories have no content, whatever their size field says.
  const hasContent = !(type >= '1' && type <= '6')
  return {
    name,
    size: hasContent ? size : 0,
    kind: kindOf(type, name),
    uid: numberAt(block, 108, 8),
    userName: isUstar ? textAt(block, 265, 32) : '',
    mtime: numberAt(block, 136, 12) ?? 0,
    isUstar,
  }
}

export interface TarMember {
  /** At most 100 bytes. */
  readonly name: string
  readonly isDirectory: boolean
  readonly size: number
  readonly uid: number
  readonly gid: number
  /** Cut to 32 bytes; '' for none. */
  readonly userName: string
  /** Seconds since the epoch. */
  readonly mtime: number
}

/** A POSIX header, which old readers take too. */
export function makeTarHeader(member: TarMember): Buffer {
  const block = Buffer.alloc(BLOCK)
  if (Buffer.byteLength(member.name) > 100) throw new RangeError(`a name of more than 100 bytes: ${member.name}`)
  block.write(member.name, 0)
  writeNumber(block, member.isDirectory ? 0o555 : 0o444, 100, 8)
  writeNumber(block, member.uid, 108, 8)
  writeNumber(block, member.gid, 116, 8)
  writeNumber(block, member.size, 124, 12)
  writeNumber(block, Math.max(0, Math.trunc(member.mtime)), 136, 12)
  block.write(member.isDirectory ? '5' : '0', 156)
  block.write('ustar\x0000', 257, 'latin1')
  block.write(member.userName, 265, 31)
  block.fill(' ', 148, 156)
  block.write(`${sumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** The attributes that a pax member sets for the next one; lengths that do not fit end the list. */
export function parsePax(content: Buffer): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (let at = 0; at < content.length;) {
    const blank = content.indexOf(0x20, at)
    const length = blank < 0 ? NaN : Number(content.toString('latin1', at, blank))
    if (!Number.isInteger(length) || length < blank - at + 2 || at + length > content.length) break
    const pair = content.toString('utf8', blank + 1, at + length - 1)
    const equals = pair.indexOf('=')
    if (equals > 0) attributes.set(pair.slice(0, equals), pair.slice(equals + 1))
    at += length
  }
  return attributes
}

/** Blocks that a content of `size` bytes takes, in bytes. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK
}

function kindOf(type: string, name: string): TarHeader['kind'] {
  switch (type) {
    case '0': case '\0': case '7': return name.endsWith('/') ? 'directory' : 'file'
    case '5': return 'directory'
    case 'L': return 'longName'
    case 'x': return 'pax'
    default: return 'other'
  }
}

function textAt(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at)
  return block.toString('utf8', at, end < 0 ? at + length : Math.min(end, at + length))
}

/** Octal digits, or a big-endian number behind a byte 0x80; undefined when it is neither, or negative or beyond 2^53. */
function numberAt(block: Buffer, at: number, length: number): number | undefined {
  if (block[at] === 0x80) {
    const value = block.subarray(at + 1, at + length).reduce((sum, byte) => sum * 256 + byte, 0)
    return Number.isSafeInteger(value) ? value : undefined
  }
  const digits = block.toString('latin1', at, at + length).replace(/\0.*$/s, '').trim()
  if (digits === '') return 0
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined
}

function writeNumber(block: Buffer, value: number, at: number, length: number): void {
  const digits = value.toString(8)
  if (digits.length < length) {
    block.write(`${digits.padStart(length - 1, '0')}\0`, at, 'latin1')
    return
  }
  block[at] = 0x80
  block.writeUIntBE(value, at + length - 6, 6)
}

function hasChecksum(block: Buffer): boolean {
  const sum = Number.parseInt(block.toString('latin1', 148, 156).replace(/[\0 ]/g, ' ').trim(), 8)
  return sum === sumOf(block) || sum === sumOf(new Int8Array(block.buffer, block.byteOffset, BLOCK))
}

/** The checksum counts as blanks. Some old programs added the bytes up with their sign. */
function sumOf(block: Uint8Array | Int8Array): number {
  let sum = 8 * 0x20
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0
  return sum
}
