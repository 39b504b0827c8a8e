// A web server that leaks as many megabytes a second as LEAK_MB_PER_SECOND says.
import http from 'node:http'
import { attachWorker } from 'smem-ts/worker'

attachWorker()

const leaked = []
const megabytes = Number(process.env.LEAK_MB_PER_SECOND ?? 0)
// Filled, as memory that was never written to is in no process's use.
if (megabytes > 0) setInterval(() => leaked.push(Buffer.alloc((megabytes * 1024 * 1024) / 10, 1)), 100).unref()

http.createServer((request, response) => {
  response.end(`worker ${process.pid} has leaked ${leaked.length * megabytes / 10} MB\n`)
}).listen(process.env.PORT ?? 8080)
