import { rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection, type ConnectionListener } from './connection.ts'
import { parseSupervisorMessage, type Hello, type ProcessMessage, type SupervisorMessage } from './messages.ts'

/** The supervisor as its processes see it. */
export type SupervisorConnection = Connection<SupervisorMessage, ProcessMessage>

/** Connects to the supervisor and says who this process is. Rejects when there is no supervisor any more. */
export async function connectToSupervisor(
  path: string, hello: Hello, listener: ConnectionListener<SupervisorMessage>,
): Promise<SupervisorConnection> {
  const socket = createConnection(path)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  const connection: SupervisorConnection = new Connection(socket, parseSupervisorMessage, listener)
  connection.send(hello)
  return connection
}

const ATTEMPTS = 5
const ATTEMPT_MS = 50

/** Removes the folder of a supervisor that was killed, who could not do it himself. */
export async function removeIfDeserted(path: string): Promise<void> {
  // The kernel closes the descriptors of a process that ends one after the other: this one may be open for a moment longer.
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await sleep(ATTEMPT_MS)
    if (!(await isDeserted(path))) continue
    rmSync(dirname(path), { recursive: true, force: true })
    return
  }
}

/** Whether nobody listens on a Unix socket whose file is there. */
export async function isDeserted(path: string): Promise<boolean> {
  const socket = createConnection(path)
  try {
    return await new Promise<boolean>((resolve) => {
      const onError = ({ code }: NodeJS.ErrnoException): void => resolve(code === 'ECONNREFUSED')
      socket.once('connect', () => resolve(false)).once('error', onError)
    })
  } finally {
    socket.destroy()
  }
}
