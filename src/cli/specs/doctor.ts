import type { CommandSpec } from '../command.ts'

export const doctorSpec: CommandSpec = {
  name: 'doctor',
  summary: 'Tell what this user can see here, and what grants the rest',
  options: [
    { name: 'json', summary: 'JSON instead of text' },
  ],
  examples: [
    ['smem-ts doctor', 'what can be read, and which command grants what cannot'],
    ['smem-ts doctor --json', 'for scripts; the exit code says whether all can be read'],
  ],
  details: [
    'It opens the memory file of every process and reads none: what it says was tried, not concluded from versions.',
    'Exit code 0: all processes can be read. 3: some cannot, or are hidden.',
  ],
  load: async () => (await import('../doctor.ts')).run,
}
