import { mkdtempSync, rmSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBinary, type Started } from './programs.ts'

/** Prints each datagram as a line of JSON. Ends when its input does. */
const RECEIVER = `
import json, os, select, socket, sys
address = sys.argv[1]
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind('\\0' + address[1:] if address[0] == '@' else address)
print('ready', flush=True)
while True:
    for readable in select.select([end, sys.stdin], [], [])[0]:
        if readable is sys.stdin: sys.exit(0)
        print(json.dumps(end.recv(65536).decode()), flush=True)
`

/** A socket as a service manager has it for its services, with everything that came. */
export class NotifySocket implements AsyncDisposable {
  readonly address: string
  readonly messages: string[] = []
  readonly #receiver: Started
  readonly #directory: string

  private constructor(address: string, receiver: Started, directory: string) {
    this.address = address
    this.#receiver = receiver
    this.#directory = directory
    let rest = ''
    receiver.child.stdout.on('data', (piece: string) => {
      const lines = (rest + piece).split('\n')
      rest = lines.pop() ?? ''
      this.messages.push(...lines.map((line) => JSON.parse(line) as string))
    })
  }

  static async open(kind: 'path' | 'abstract' = 'path'): Promise<NotifySocket> {
    const directory = mkdtempSync(join(tmpdir(), 'smem-ts-notify-'))
    const address = kind === 'path' ? join(directory, 'socket') : `@smem-ts-${randomUUID()}`
    return new NotifySocket(address, await startBinary('python3', ['-c', RECEIVER, address]), directory)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#receiver.stop()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
