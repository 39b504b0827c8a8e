import { readdirSync, readlinkSync, unlinkSync } from 'node:fs'
import { backend } from '../native/index.ts'
import { toListenTarget, type CheckedMoldPool } from './mold_pool_options.ts'
import { bindSocket } from './plain_sockets.ts'
import { listenSocket, type ListeningSocket } from './sockets.ts'

/** The sockets of a pool, in their order. Rejects with what bind(2) says of one of them; none is left then. */
export async function listenAll({ listen, signal }: CheckedMoldPool): Promise<ListeningSocket[]> {
  const sockets: ListeningSocket[] = []
  try {
    for (const one of listen) {
      const target = await toListenTarget(one)
      signal?.throwIfAborted()
      sockets.push(backend().sockets === undefined ? await bindSocket(target) : listenSocket(target))
    }
    return sockets
  } catch (error) {
    for (const socket of sockets) {
      removeFileOf(socket)
      socket.close()
    }
    throw error
  }
}

export function removeFileOf({ path }: ListeningSocket): void {
  if (path === undefined) return
  try {
    unlinkSync(path)
  } catch {
    // Somebody else has.
  }
}

/**
 * The sockets that no server in these processes listens on: of a server, a process has a descriptor beside the one that it was
 * started with. Clients of such a socket wait: the kernel takes their connections, and nobody accepts them. Empty where that cannot
 * be told: without the addon, and of processes that may not be looked at.
 */
export function findUnattended(sockets: readonly ListeningSocket[], pids: readonly number[]): ListeningSocket[] {
  if (pids.length === 0 || backend().sockets === undefined) return []
  const open = pids.map(openFiles)
  if (open.includes(undefined)) return []
  return sockets.filter(({ fd }) => {
    const name = readlinkSync(`/proc/self/fd/${fd}`)
    return !open.some((names) => names !== undefined && names.indexOf(name) !== names.lastIndexOf(name))
  })
}

/** What the descriptors of a process are, such as socket:[4711]; undefined when it cannot be looked at. */
function openFiles(pid: number): readonly string[] | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => nameOf(`/proc/${pid}/fd/${fd}`))
  } catch {
    return undefined
  }
}

function nameOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return '' // closed by now
  }
}
