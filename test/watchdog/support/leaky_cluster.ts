/** A primary with three workers, of which that in slot 1 leaks; what the watchdog tells goes to stdout, a JSON document a line. */
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { watchdog } from '../../../src/watchdog.ts'

const SIZE = 3
const LEAK = 10 * 1024 ** 2
const [, , limit = '400MB', isDry = 'false'] = process.argv

if (cluster.isPrimary) {
  for (let slot = 0; slot < SIZE; slot++) cluster.fork({ SMEM_TS_SLOT: slot })
  const dog = watchdog(cluster, {
    workerUss: limit, interval: '100ms', strikes: 2, warmUp: '300ms', settle: '100ms', cooldown: '100ms', slotCooldown: '100ms', budget: 1,
    dryRun: isDry === 'true', pool: { drainTimeout: '2s', termTimeout: '1s' },
  })
  dog.on('decision', (decision) => console.log(JSON.stringify({ decision })))
  dog.on('effect', (effect) => console.log(JSON.stringify({ effect })))
  dog.on('warning', (warning) => console.log(JSON.stringify({ warning })))
  dog.pool.on('ready', () => {
    const serving = dog.pool.workers().filter(({ state }) => state === 'serving').length
    console.log(JSON.stringify({ serving }))
  })
  process.stdin.on('data', (text) => {
    if (String(text).includes('refork')) dog.refork().then((outcome) => console.log(JSON.stringify({ outcome })))
  })
  process.stdin.on('end', () => process.exit())
} else {
  const leak: Buffer[] = []
  if (process.env['SMEM_TS_SLOT'] === '1') setInterval(() => leak.push(Buffer.alloc(LEAK, 1)), 100)
  createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
}
