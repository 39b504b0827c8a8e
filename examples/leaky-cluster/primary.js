// Four workers, the first of which leaks; the watchdog replaces it, and it alone, each time it has grown beyond its limit.
import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { watchdog } from 'smem-ts/watchdog'

const WORKERS = 4
const leakOf = (slot) => ({ LEAK_MB_PER_SECOND: slot === 0 ? 20 : 0 })

cluster.setupPrimary({ exec: fileURLToPath(new URL('worker.js', import.meta.url)) })
for (let slot = 0; slot < WORKERS; slot++) cluster.fork(leakOf(slot))

const dog = watchdog(cluster, {
  workerUss: process.env.LIMIT ?? '200MB',
  interval: '1s',
  strikes: 2,
  warmUp: '2s',
  cooldown: '5s',
  slotCooldown: '5s',
  settle: '2s',
  pool: { env: leakOf },
})
dog.on('decision', ({ summary }) => console.log(summary))
dog.on('effect', ({ summary }) => console.log(summary))
dog.pool.on('replaced', ({ slot, oldId, newId }) => console.log(`slot ${slot}: worker ${newId} has taken over from ${oldId}`))
dog.pool.on('warning', (warning) => console.warn(warning))
cluster.on('listening', ({ id, process: { pid } }, { port }) => console.log(`worker ${id} (pid ${pid}) listens at port ${port}`))

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    dog.close() // or it would replace the workers that end now
    cluster.disconnect(() => process.exit())
    setTimeout(() => process.exit(1), 10_000).unref()
  })
}
