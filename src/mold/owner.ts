import { chownSync } from 'node:fs'
import { dirname } from 'node:path'
import { SmemError } from '../errors.ts'
import { checkInteger } from '../options.ts'

/** Whom the processes of a pool belong to; undefined for the user of the supervisor. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** (uid_t) -1 is nobody's. */
const MAX_ID = 2 ** 32 - 2

/** @throws {TypeError} when one of them is wrong, or missing beside the other: the processes would keep the group of root */
export function checkOwner(uid: unknown, gid: unknown): Owner | undefined {
  if (uid === undefined && gid === undefined) return undefined
  if (uid === undefined || gid === undefined) throw new TypeError('"uid" and "gid" must be given together')
  checkInteger(uid, 'uid', 0, MAX_ID)
  checkInteger(gid, 'gid', 0, MAX_ID)
  return { uid, gid }
}

/**
 * Lets the owner in at a Unix socket in a folder that only the user of this process may enter.
 *
 * @throws {SmemError} `EPERM`: this process may not give away what it has, that is, it does not run as root
 */
export function giveTo({ uid, gid }: Owner, socket: string): void {
  try {
    for (const path of [socket, dirname(socket)]) chownSync(path, uid, gid)
  } catch (error) {
    const { code = 'EPERM', errno, syscall } = error as NodeJS.ErrnoException
    throw new SmemError(code, `cannot run the processes of the pool as uid ${uid} and gid ${gid}: ${code} (that takes root)`, {
      ...errno === undefined ? {} : { errno }, ...syscall === undefined ? {} : { syscall },
    })
  }
}
