import { readFileSync } from 'node:fs'

interface PlainMapping {
  start: bigint
  end: bigint
  perms: string
  offset: bigint
  device: string
  inode: bigint
  path: string | undefined
  vmFlags: string[] | undefined
  /** Bytes by the kernel's names. */
  usage: Record<string, number>
}

const HEADER = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+) (\d+) *(.*)$/
const FIGURE = /^(\w+): *(\d+) kB$/
const FLAGS = 'VmFlags: '

/** `readMappings` as one would write it in an afternoon: read the file, split it into lines, match each. */
export function readMappingsPlainly(pid: number): PlainMapping[] {
  const mappings: PlainMapping[] = []
  let current: PlainMapping | undefined
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const figure = FIGURE.exec(line)
    if (figure) {
      if (current) current.usage[figure[1] ?? ''] = Number(figure[2]) * 1024
      continue
    }
    if (line.startsWith(FLAGS)) {
      if (current) current.vmFlags = line.slice(FLAGS.length).trimEnd().split(' ')
      continue
    }
    const header = HEADER.exec(line)
    if (!header) continue
    const [, start, end, perms = '', offset, device = '', inode = '0', path = ''] = header
    current = {
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      perms,
      offset: BigInt(`0x${offset}`),
      device,
      inode: BigInt(inode),
      path: path === '' ? undefined : path,
      vmFlags: undefined,
      usage: {},
    }
    mappings.push(current)
  }
  return mappings
}
