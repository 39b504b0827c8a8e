import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweepLeftovers } from '../../src/mold/leftovers.ts'
import { MoldPool } from '../../src/mold.ts'

const LONG_AGO = Date.now() / 1000 - 3600

describe('folders of supervisors that were killed', () => {
  let folder: string
  const living: ChildProcess[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-leftovers-'))
  })
  afterEach(() => {
    for (const child of living.splice(0)) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  async function leave(name: string, { isDead = true, mode = 0o700 } = {}): Promise<string> {
    const path = join(folder, name)
    mkdirSync(path)
    const program = `require('net').createServer().listen(${JSON.stringify(join(path, 'control'))}, () => console.log())`
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    if (isDead) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    } else {
      living.push(child)
    }
    chmodSync(path, mode)
    utimesSync(path, LONG_AGO, LONG_AGO)
    return path
  }

  it('are removed, and nothing else is', async () => {
    const gone = await leave('smem-ts-mold-Ab3xyZ')
    const stays = [
      await leave('smem-ts-mold-lives0', { isDead: false }),
      await leave('smem-ts-mold-open00', { mode: 0o755 }),
      await leave('smem-ts-mold-longer-name'),
      await leave('smem-ts-pool-Ab3xyZ'),
    ]
    const young = await leave('smem-ts-mold-young0')
    utimesSync(young, new Date(), new Date())
    const full = await leave('smem-ts-mold-full00')
    writeFileSync(join(full, 'more'), '')
    utimesSync(full, LONG_AGO, LONG_AGO)
    const other = join(folder, 'smem-ts-mold-file00')
    mkdirSync(other, { mode: 0o700 })
    writeFileSync(join(other, 'control'), '')
    utimesSync(other, LONG_AGO, LONG_AGO)
    const link = join(folder, 'smem-ts-mold-link00')
    symlinkSync(await leave('elsewhere'), link)
    await sweepLeftovers(folder)
    assert.equal(existsSync(gone), false)
    for (const path of [...stays, young, full, other, link].map((its) => join(its, 'control'))) assert.ok(existsSync(path), path)
    await sweepLeftovers(join(folder, 'nowhere'))
  })

  it('are removed by a pool that starts', async () => {
    const gone = await leave('smem-ts-mold-Ab3xyZ')
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = folder
    const server = net.createServer().listen(join(folder, 'socket'))
    await once(server, 'listening')
    try {
      // It comes no further than that.
      const started = MoldPool.start({ app: '/x.js', workers: 1, mode: 'spawn', listen: { path: join(folder, 'socket') } })
      await assert.rejects(started, { code: 'EADDRINUSE' })
    } finally {
      server.close()
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    }
    assert.equal(existsSync(gone), false)
  })
})
