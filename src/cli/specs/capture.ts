import type { CommandSpec } from '../command.ts'

export const captureSpec: CommandSpec = {
  name: 'capture',
  summary: 'Save what there is to know of memory now, to look at it later or elsewhere',
  arguments: 'FILE',
  argumentCount: [1, 1],
  options: [
    { name: 'pid', value: 'PIDS', summary: 'Only these processes, separated by commas' },
    { name: 'match', value: 'RE', summary: 'Only processes whose name or command line matches' },
    { name: 'max-rss', value: 'SIZE', summary: 'Leave out the figures of processes with a larger RSS, such as 4G' },
  ],
  examples: [
    ['smem-ts capture now.tar.gz', 'every process of this machine'],
    ['smem-ts capture --match nginx web.tar.gz', 'the processes of one server'],
    ['smem-ts -S now.tar.gz -t -k', 'look at a capture'],
    ['ssh web-3 smem-ts capture - > web-3.tar.gz', 'another machine'],
    ['smem-ts diff before.tar.gz after.tar.gz', 'what grew between two of them'],
  ],
  details: [
    'FILE is a tar archive of files of /proc, compressed unless its name ends in .tar; smem -S reads the uncompressed form too. '
      + 'It replaces a file of that name when it is complete, and not before.',
    'With - for FILE the archive goes to standard output, compressed, unless that is a terminal. When none of the processes asked '
      + 'for exists, or none can be read, nothing is written.',
    'A capture holds command lines and paths of other users: a new file is readable by its owner alone.',
  ],
  load: async () => (await import('../capture.ts')).run,
}
