/** What a user should know of forks that answer to the end of workers which the pool replaces. */
export function surplusText(id: number, pid: number, size: number): string {
  return `worker ${id} (pid ${pid}) was forked by the application while the pool has or starts all of its ${size} workers: `
    + 'it is ended, as are others that come like that, and no event tells of their end; the pool itself replaces workers that end, '
    + "so remove the handler of 'exit' or 'disconnect', of the cluster or of a worker, that forks"
}

export function lastLeftText(id: number, pid: number): string {
  return `worker ${id} (pid ${pid}) has left by itself, and was the last: the pool has no workers, and forks none; `
    + 'with the option "size" those that leave are followed by others'
}
