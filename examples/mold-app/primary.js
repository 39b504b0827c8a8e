// Four workers that are copies of one process, copied anew from the warmest of them when that has served 20,000 requests, and then
// every 100,000.
import { MoldPool } from 'smem-ts/mold'
import { watchdog } from 'smem-ts/watchdog'

const MB = 1024 * 1024
const inMb = (bytes) => (bytes === undefined ? '?' : `${Math.round(bytes / MB)} MB`)

const pool = await MoldPool.start({
  app: new URL('app.js', import.meta.url),
  workers: Number(process.env.WORKERS ?? 4),
  listen: { port: Number(process.env.PORT ?? 8080) },
  mode: process.env.MODE ?? 'auto',
})
console.log(`${pool.size} workers listen at port ${pool.addresses[0].port}`)

const dog = watchdog(pool, { workerUss: process.env.LIMIT ?? '300MB', refork: { requests: [20_000, 100_000] } })
dog.on('decision', ({ summary }) => console.log(summary))
pool.on('refork', ({ status, failure, generation, before, after, tookMs }) => {
  if (status !== 'done') console.warn(`refork ${status}: ${failure}`)
  else console.log(`generation ${generation} after ${Math.round(tookMs)} ms: PSS ${inMb(before.pss)} -> ${inMb(after.pss)}`)
})
pool.on('warning', (warning) => console.warn(warning))

const { mold, workers } = await pool.status()
if (mold) console.log(`mold (pid ${mold.pid}): PSS ${inMb(mold.pss)}`)
for (const { slot, pid, pss, uss, rss } of workers) {
  console.log(`worker ${slot} (pid ${pid}): RSS ${inMb(rss)}, PSS ${inMb(pss)}, USS ${inMb(uss)}`)
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    dog.close()
    void pool.close()
  })
}
process.on('SIGUSR2', () => void pool.refork().catch((error) => console.warn(error.message)))
