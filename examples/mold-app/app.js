// An application that is slow to load and large: a table that every request reads. With copy-on-write workers it is made once, and
// all of them share it.
import http from 'node:http'
import { defineApp } from 'smem-ts/mold'

const ENTRIES = Number(process.env.ENTRIES ?? 500_000)

export default defineApp({
  // Once, in the mold.
  async load() {
    const table = new Map()
    for (let key = 0; key < ENTRIES; key++) table.set(`key ${key}`, { key, value: `value ${key}`, hits: 0 })
    return { table, started: new Date() }
  },

  // After load(): what it compiles and caches here, no worker has to.
  async warm({ table }) {
    for (let i = 0; i < 10_000; i++) answer(table, `/${i}`)
  },

  // In every worker, after its fork.
  async start({ table }, worker) {
    const server = http.createServer((request, response) => response.end(answer(table, request.url ?? '/')))
    await worker.listen(server)
    console.log(`worker ${worker.slot} of generation ${worker.generation} (pid ${process.pid}) listens`)
    return { close: () => server.close() }
  },

  // In the first copy of a worker that has become the mold: an exception here leaves everything as it was.
  async check({ table }) {
    if (table.size !== ENTRIES) throw new Error(`the table has ${table.size} entries`)
  },
})

function answer(table, url) {
  const entry = table.get(`key ${url.slice(1)}`)
  if (entry === undefined) return 'there is no such entry\n'
  return `${JSON.stringify(entry)}\n`
}
