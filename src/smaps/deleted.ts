import { lstatSync } from 'node:fs'

/**
 * Whether a path that ends in ' (deleted)' says so of a removed file. The kernel appends these words without escaping,
 * so a file may be called that; it is the mapped one when it has the mapped inode.
 */
export function isDeleted(processPath: string, path: Uint8Array, inode: bigint): boolean {
  if (path[0] !== 0x2f) return false
  // A container's paths start at its root; a chroot's are shown from ours.
  const roots = processPath.startsWith('/proc/') ? [`${processPath}/root`, ''] : [`${processPath}/root`]
  // The kernel shows a newline as \012, and does not escape the backslash.
  const shown = Buffer.from(path).toString('latin1')
  const names = shown.includes('\\012') ? [shown, shown.replaceAll('\\012', '\n')] : [shown]
  return !roots.some((root) => names.some((name) => hasInode(Buffer.from(root + name, 'latin1'), inode)))
}

function hasInode(path: Buffer, inode: bigint): boolean {
  try {
    return lstatSync(path, { bigint: true }).ino === inode
  } catch {
    return false
  }
}
