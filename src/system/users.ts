import { readFileSync } from 'node:fs'

/**
 * Names of users by uid, from /etc/passwd. Users of a directory service are not in it: they go by their number.
 * A file that cannot be read gives no names.
 */
export function readUserNames(path = '/etc/passwd'): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const line of readLines(path)) {
    const [name, , uid] = line.split(':')
    // The first name of a uid is the one that getpwuid(3) gives.
    if (name && uid && /^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name)
  }
  return names
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}
