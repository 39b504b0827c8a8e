// Four workers that are copies of one process, copied anew from the warmest of them when that has served 20,000 requests, and then
// every 100,000.
import { MoldPool } from 'smem-ts/mold'
import { watchdog } from 'smem-ts/watchdog'

const MB = 1024 * 1024
const inMb = (bytes) => (bytes === undefined ? '?' : `${Math.round(bytes / MB)} MB`)

// From the first moment on, also while the application is loaded: Ctrl+C, docker stop, systemctl stop.
const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => ending.abort())

const pool = await MoldPool.start({
  app: new URL('app.js', import.meta.url),
  workers: Number(process.env.WORKERS ?? 4),
  listen: { port: Number(process.env.PORT ?? 8080) },
  mode: process.env.MODE ?? 'auto',
  signal: ending.signal,
}).catch((error) => {
  if (!ending.signal.aborted) throw error
  process.exit()
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

// Answers what has been asked; then nothing keeps this process.
const end = () => {
  dog.close()
  void pool.close()
}
if (ending.signal.aborted) end()
else ending.signal.addEventListener('abort', end)
process.on('SIGUSR2', () => void pool.refork().catch((error) => console.warn(error.message)))
