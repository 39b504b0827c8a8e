import type { CommandSpec } from '../command.ts'

export const completionSpec: CommandSpec = {
  name: 'completion',
  summary: 'Print what a shell needs to complete commands, options and values',
  arguments: 'bash|zsh|fish',
  argumentCount: [1, 1],
  options: [],
  examples: [
    ['source <(smem-ts completion bash)', 'for this bash; in ~/.bashrc for every one'],
    ['source <(smem-ts completion zsh)', 'in ~/.zshrc, below compinit'],
    ['smem-ts completion zsh > ~/.zfunc/_smem-ts', 'or once, in a folder of $fpath'],
    ['smem-ts completion fish > ~/.config/fish/completions/smem-ts.fish', 'for fish'],
  ],
  details: [
    'It completes commands, options, columns, what --by and the like take, files, users and pids. '
      + 'Pressing TAB runs nothing but the shell itself.',
  ],
  load: async () => (await import('../completion.ts')).run,
}
