/**
 * The cgroup that accounts a process's memory, from the text of /proc/PID/cgroup: the memory controller's (v1), else the
 * unified one (v2), else systemd's. The root is passed over as long as one of them says more. Undefined without any.
 */
export function cgroupPath(text: string): string | undefined {
  const paths = [
    memoryPath(text),
    unifiedPath(text),
    pathWhere(text, (controllers) => controllers === 'name=systemd'),
  ].filter((path) => path !== undefined)
  return paths.find((path) => path !== '/') ?? paths[0]
}

/** In the hierarchy of version 1 that accounts memory. */
export function memoryPath(text: string): string | undefined {
  return pathWhere(text, (controllers) => controllers.split(',').includes('memory'))
}

/** In the hierarchy of version 2. */
export function unifiedPath(text: string): string | undefined {
  return pathWhere(text, (controllers) => controllers === '')
}

/** The path in the first hierarchy whose controllers match. */
function pathWhere(text: string, matches: (controllers: string) => boolean): string | undefined {
  for (const line of text.split('\n')) {
    const parts = /^\d+:([^:]*):(.*)$/.exec(line)
    if (parts?.[1] !== undefined && matches(parts[1])) return parts[2]
  }
  return undefined
}
