/**
 * The cgroup that accounts a process's memory, from the text of /proc/PID/cgroup: the memory controller's (v1), else the
 * unified one (v2), else systemd's. The root is passed over as long as one of them says more. Undefined without any.
 */
export function cgroupPath(text: string): string | undefined {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
  const pathWhere = (matches: (controllers: string) => boolean): string | undefined =>
    lines.find((parts) => parts !== null && matches(parts[1] ?? ''))?.[2]
  const paths = [
    pathWhere((controllers) => controllers.split(',').includes('memory')),
    pathWhere((controllers) => controllers === ''),
    pathWhere((controllers) => controllers === 'name=systemd'),
  ].filter((path) => path !== undefined)
  return paths.find((path) => path !== '/') ?? paths[0]
}
