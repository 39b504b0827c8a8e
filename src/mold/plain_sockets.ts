import { unlinkSync } from 'node:fs'
import net from 'node:net'
import { codeOf } from '../errors.ts'
import { isDeserted } from './control/index.ts'
import { checkTarget, listenError, type ListeningSocket, type ListenTarget } from './sockets.ts'

/** What Node's own cluster binds sockets with: a handle that is bound and does not listen, or a negated errno. */
interface BoundHandle {
  readonly fd: number
  /** A negated errno when it could not be bound because somebody listens there. */
  getsockname(name: { port?: number }): number
  close(): void
}
type CreateHandle = (addressOrPath: string, port: number, family: number) => BoundHandle | number

const { _createServerHandle: createHandle } = net as unknown as { readonly _createServerHandle: CreateHandle }

/**
 * As `listenSocket`, for where there is no addon: bound only, for a server of Node's that listens accepts as well. The first worker
 * that listens there has it listen; until then connections are refused.
 *
 * @throws {TypeError} when an option is wrong
 * @throws {SmemError} `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, ...
 */
export async function bindSocket(target: ListenTarget): Promise<ListeningSocket> {
  checkTarget(target)
  return 'path' in target ? bindUnix(target.path, target) : bindTcp(target.host, target.port, target)
}

const UNIX = -1
const IPV4 = 4
const IPV6 = 6

function bindTcp(host: string | undefined, port: number, target: ListenTarget): ListeningSocket {
  const hosts = host === undefined ? ['::', '0.0.0.0'] : [host]
  let errno = 0
  for (const address of hosts) {
    const handle = createHandle(address, port, net.isIPv6(address) ? IPV6 : IPV4)
    if (typeof handle === 'number') {
      errno = handle
      continue
    }
    const name: { port?: number } = {}
    errno = handle.getsockname(name)
    if (errno === 0) return toSocket(handle, name.port, undefined)
    handle.close()
    break
  }
  throw listenError(-errno, target)
}

async function bindUnix(path: string, target: ListenTarget): Promise<ListeningSocket> {
  let handle = createHandle(path, UNIX, UNIX)
  if (typeof handle === 'number' && codeOf(-handle) === 'EADDRINUSE' && await isDeserted(path)) {
    unlinkSync(path)
    handle = createHandle(path, UNIX, UNIX)
  }
  if (typeof handle === 'number') throw listenError(-handle, target)
  return toSocket(handle, undefined, path)
}

/** To stop listening takes the addon: without, the socket goes when the last server that took it is closed. */
function toSocket(handle: BoundHandle, port: number | undefined, path: string | undefined): ListeningSocket {
  const { fd } = handle
  const close = (): void => handle.close()
  return { fd, port, path, stop: async () => close(), close, [Symbol.dispose]: close }
}
