/** A mount, as the process sees it. */
export interface Mount {
  /** The folder of the file system that is mounted. */
  readonly root: string
  readonly point: string
  /** Of the mount: 'rw,nosuid,...'. */
  readonly flags: string
  readonly type: string
  /** Of the file system. */
  readonly options: string
}

/** The mounts of /proc/PID/mountinfo, in order: of two on one point the later one is seen. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').map(toMount).filter((mount) => mount !== undefined)
}

function toMount(line: string): Mount | undefined {
  const [mount = '', source = ''] = line.split(' - ')
  const [, , , root, point, flags] = mount.split(' ')
  const [type, , options] = source.split(' ')
  if (root === undefined || point === undefined || flags === undefined) return undefined
  if (type === undefined || options === undefined) return undefined
  return { root: unescape(root), point: unescape(point), flags, type, options }
}

/** Spaces, tabs, newlines and backslashes are written as three octal digits. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_match, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
