// Asks a server of this machine as fast as it answers, in a process of its own. Takes orders over its channel, one at a time.
// Plain sockets: a client of node:http would need more of the machine than the server that is measured.
import net from 'node:net'

process.on('message', async (order) => process.send(await run(order)))
process.on('disconnect', () => process.exit(0))

/** `until`: ends when so many processes have answered, instead of after `seconds`. */
async function run({ port, paths, connections, requestsEach, seconds, until = Infinity }) {
  const start = performance.now()
  const result = { requests: 0, failures: {}, pids: {} }
  const isOver = () => performance.now() - start > seconds * 1000 || Object.keys(result.pids).length >= until
  await Promise.all(Array.from({ length: connections }, async () => {
    while (!isOver()) {
      const failure = await useConnection({ port, paths, requestsEach, isOver, result })
      if (failure !== undefined) result.failures[failure] = (result.failures[failure] ?? 0) + 1
    }
  }))
  return { ...result, seconds: (performance.now() - start) / 1000 }
}

/** Resolves when the connection is closed; to what went wrong, if anything has. */
function useConnection({ port, paths, requestsEach, isOver, result }) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    let asked = 0
    let isWaiting = false
    let response = new Response()
    const ask = () => {
      asked++
      isWaiting = true
      const path = paths[Math.floor(Math.random() * paths.length)]
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${asked >= requestsEach ? 'Connection: close\r\n' : ''}\r\n`)
    }
    let failure
    socket.on('connect', ask)
    socket.on('error', ({ code }) => { failure = code })
    socket.on('close', () => resolve(failure ?? (isWaiting ? 'no answer' : undefined)))
    socket.on('data', (piece) => {
      if (!response.take(piece)) return
      isWaiting = false
      result.requests++
      result.pids[response.pid] = (result.pids[response.pid] ?? 0) + 1
      if (response.status !== '200') failure = `status ${response.status}`
      const isLast = response.closes || isOver() || failure !== undefined
      response = new Response()
      if (isLast) socket.end()
      else ask()
    })
  })
}

/** One answer with a Content-Length, piece by piece. */
class Response {
  #head = ''
  #missing
  status = ''
  pid = ''
  closes = false

  /** True when it is complete. */
  take(piece) {
    if (this.#missing === undefined) {
      const before = this.#head.length
      this.#head += piece.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n')
      if (end < 0) return false
      const head = this.#head.slice(0, end)
      this.status = head.slice(9, 12)
      this.pid = /^worker-pid: (\d+)/im.exec(head)?.[1] ?? ''
      this.closes = /^connection: close/im.test(head)
      this.#missing = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? NaN) + end + 4 - before
    }
    this.#missing -= piece.length
    if (this.#missing < 0 || Number.isNaN(this.#missing)) throw new Error(`cannot read this answer: ${this.#head}`)
    return this.#missing === 0
  }
}
