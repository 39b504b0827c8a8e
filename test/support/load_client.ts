/** Asks a server again and again and counts what goes wrong. Nothing is ever tried a second time. */
import http from 'node:http'

export interface LoadOptions {
  readonly port: number
  /** Whether connections are used for more than one request. */
  readonly keepAlive: boolean
  readonly concurrency: number
  /** Ends after so many requests. @default Infinity */
  readonly requests?: number
  /** Ends when this is aborted. */
  readonly signal?: AbortSignal
  /** Milliseconds after which a request without an answer is a failure. @default 10000 */
  readonly timeoutMs?: number
  /** @default '/' */
  readonly path?: string
}

export interface LoadResult {
  requests: number
  /** How often, by reason: an error's code, 'timeout', 'status 500', 'truncated'. */
  readonly failures: Map<string, number>
  /** Answers by the pid that gave them. */
  readonly pids: Map<string, number>
}

/** `results` gets the result at once, to be looked at while it grows. */
export async function runLoad(options: LoadOptions, results: LoadResult[] = []): Promise<LoadResult> {
  const { keepAlive, concurrency, requests = Infinity, signal } = options
  const agent = new http.Agent({ keepAlive, maxSockets: concurrency, scheduling: 'fifo' })
  const result: LoadResult = { requests: 0, failures: new Map(), pids: new Map() }
  results.push(result)
  const work = async (): Promise<void> => {
    while (result.requests < requests && !signal?.aborted) {
      result.requests++
      const { failure, body } = await ask(options, agent)
      const [counts, key] = failure === undefined ? [result.pids, body] : [result.failures, failure]
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  agent.destroy()
  return result
}

interface Answer {
  readonly failure: string | undefined
  readonly body: string
}

function ask({ port, timeoutMs = 1000 * 10, path = '/' }: LoadOptions, agent: http.Agent): Promise<Answer> {
  return new Promise((resolve) => {
    let body = ''
    const end = (failure: string | undefined): void => {
      clearTimeout(timer)
      resolve({ failure, body })
    }
    const request = http.get({ host: '127.0.0.1', port, path, agent })
    const timer = setTimeout(() => {
      end('timeout')
      request.destroy()
    }, timeoutMs)
    request.on('error', (error: NodeJS.ErrnoException) => end(`${error.code ?? error.message} (${request.reusedSocket ? 'used' : 'fresh'})`))
    request.on('response', (response) => {
      response.setEncoding('utf8').on('data', (piece: string) => (body += piece))
      response.on('close', () => end(!response.complete ? 'truncated' : response.statusCode === 200 ? undefined : `status ${response.statusCode}`))
      response.on('error', () => undefined)
    })
  })
}
