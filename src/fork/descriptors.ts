import { readdirSync, readlinkSync } from 'node:fs'

/** An open descriptor of this process, and what its link in /proc/self/fd says: a path, 'socket:[4711]', 'anon_inode:[eventfd]'. */
export interface Descriptor {
  readonly fd: number
  readonly target: string
}

/** Every open descriptor of this process; one that is closed meanwhile is left out. */
export function listDescriptors(): Descriptor[] {
  const found: Descriptor[] = []
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      found.push({ fd: Number(name), target: readlinkSync(`/proc/self/fd/${name}`) })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return found.sort((a, b) => a.fd - b.fd)
}

/** The inode of a socket; undefined for anything else. */
export function socketInode({ target }: Descriptor): string | undefined {
  return /^socket:\[(\d+)\]$/.exec(target)?.[1]
}
