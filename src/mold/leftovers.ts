import { lstatSync, readdirSync, rmdirSync, unlinkSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeserted } from './control/index.ts'

/** As ControlServer makes them. */
const NAME = /^smem-ts-mold-[A-Za-z0-9]{6}$/
const SOCKET = 'control'
const OWNER_ONLY = 0o700
/** A supervisor that is just starting binds its socket a moment before it listens. */
const YOUNG_MS = 1000 * 60

/**
 * Removes the folders of control sockets whose supervisor was killed together with its processes: those of this user, with nothing
 * in them but a socket that nobody listens on. What cannot be removed stays.
 */
export async function sweepLeftovers(folder = tmpdir()): Promise<void> {
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    if (NAME.test(name) && isLeftover(path) && await isDeserted(join(path, SOCKET))) remove(path)
  }
}

function isLeftover(path: string): boolean {
  const stats = lookAt(path)
  if (stats?.isDirectory() !== true || stats.uid !== process.geteuid?.() || (stats.mode & 0o7777) !== OWNER_ONLY) return false
  if (Math.abs(Date.now() - stats.mtimeMs) < YOUNG_MS) return false
  const names = namesIn(path)
  return names.length === 1 && names[0] === SOCKET && lookAt(join(path, SOCKET))?.isSocket() === true
}

function remove(path: string): void {
  try {
    unlinkSync(join(path, SOCKET))
    // Not with what may be in it by now.
    rmdirSync(path)
  } catch {
    // Another pool that starts has removed it.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
