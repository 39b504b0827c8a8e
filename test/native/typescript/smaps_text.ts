/** Text of smaps for tests, as the kernel lays it out. */
export interface MappingText {
  start?: number | bigint
  end?: number | bigint
  path?: string
  figures?: Readonly<Record<string, number | string>>
  flags?: string
}

export function headerLine({ start = 0x400000, end = 0x401000, path = '' }: MappingText = {}): string {
  const fixed = `${start.toString(16).padStart(8, '0')}-${end.toString(16).padStart(8, '0')} r-xp 00002000 08:01 4711`
  return path === '' ? `${fixed} \n` : `${fixed.padEnd(72)} ${path}\n`
}

export function figureLine(name: string, kilobytes: number | string): string {
  return `${`${name}:`.padEnd(16)}${String(kilobytes).padStart(8)} kB\n`
}

/** One mapping with its figures in kB; 4 kB of Rss unless told. */
export function mappingText(mapping: MappingText = {}): string {
  const figures = Object.entries(mapping.figures ?? { Rss: 4 }).map(([name, value]) => figureLine(name, value))
  const flags = mapping.flags === undefined ? '' : `VmFlags:${mapping.flags}\n`
  return headerLine(mapping) + figures.join('') + flags
}

export function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
