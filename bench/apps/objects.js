// Puma's own demonstration of fork_worker: small objects by the million, made when the first request comes, or in load() with
// BUILD=load. Every request reads some of them.
import http from 'node:http'
import { defineApp } from 'smem-ts/mold'

const COUNT = Number(process.env.OBJECTS ?? 10_000_000)
const READ = 20

export const app = defineApp({
  load: () => ({ objects: process.env.BUILD === 'load' ? build() : undefined, served: 0 }),

  async start(state, worker) {
    const server = http.createServer((request, response) => {
      state.objects ??= build()
      response.setHeader('worker-pid', process.pid)
      response.end(JSON.stringify(some(state.objects, state.served++)))
    })
    await worker.listen(server)
    return { close: () => server.close() }
  },
})

function build() {
  const objects = []
  for (let number = 0; number < COUNT; number++) objects.push({ number })
  return objects
}

function some(objects, turn) {
  return Array.from({ length: READ }, (_, i) => objects[(turn * READ + i) * 7919 % objects.length])
}
