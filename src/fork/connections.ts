import { readFileSync } from 'node:fs'

/** A socket that has another side, or is looking for one. */
export interface Connection {
  /** Of its socket, as /proc/self/fd shows it. */
  readonly inode: string
  /** 'tcp', 'unix', ... */
  readonly protocol: string
  /** The other side, when the kernel tells: '192.0.2.7:443', '[::1]:80'; of a Unix socket the path that it has itself. */
  readonly peer: string | undefined
}

/** The connections of this network namespace, by inode: TCP and Unix sockets, and UDP sockets with a fixed other side. */
export function readConnections(): Map<string, Connection> {
  const connections = new Map<string, Connection>()
  for (const protocol of ['tcp', 'tcp6', 'udp', 'udp6'] as const) {
    for (const line of linesOf(protocol)) add(connections, parseInet(line, protocol))
  }
  for (const line of linesOf('unix')) add(connections, parseUnix(line))
  return connections
}

function add(connections: Map<string, Connection>, connection: Connection | undefined): void {
  if (connection !== undefined) connections.set(connection.inode, connection)
}

/** Without the heading; none when the kernel lacks the protocol. */
function linesOf(name: string): string[] {
  try {
    return readFileSync(`/proc/self/net/${name}`, 'utf8').split('\n').slice(1, -1)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** States of /proc/net/tcp that have no other side. A UDP socket with none is in the first of these. */
const CLOSED = '07'
const LISTENING = '0A'

/**   0: 0100007F:1F90 0100007F:C350 01 ... inode is the tenth column */
function parseInet(line: string, protocol: string): Connection | undefined {
  const [, , remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/)
  if (state === CLOSED || state === LISTENING || inode === '0') return undefined
  return { inode, protocol: protocol.slice(0, 3), peer: toAddress(remote) }
}

/** Bit of a Unix socket's flags: it listens. */
const ACCEPTS = 0x10000
/** Its state: 1 is unconnected, as are all that listen. */
const UNCONNECTED = '01'

/** 0000000000000000: 00000003 00000000 00000000 0001 03 12345 /run/socket */
function parseUnix(line: string): Connection | undefined {
  const [, , , flags = '0', , state, inode = '', ...path] = line.trim().split(/\s+/)
  if ((Number.parseInt(flags, 16) & ACCEPTS) !== 0 || state === UNCONNECTED) return undefined
  return { inode, protocol: 'unix', peer: path.length === 0 ? undefined : path.join(' ') }
}

/** '0100007F:1F90' to '127.0.0.1:8080': words in the byte order of the machine, the port in the network's. */
function toAddress(text: string): string | undefined {
  const [address = '', port = ''] = text.split(':')
  const words = address.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)))
  const number = Number.parseInt(port, 16)
  if (bytes.length === 4) return `${bytes.join('.')}:${number}`
  if (bytes.length !== 16) return undefined
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  if (isMapped) return `${bytes.slice(12).join('.')}:${number}`
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16))
  return `[${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}]:${number}`
}
