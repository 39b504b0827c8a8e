import { basename } from 'node:path'
import type { Mapping } from '../smaps/index.ts'

/** What mappings are for, in the order in which equal amounts are shown. */
export const MAPPING_KINDS = [
  'program', 'library', 'file', 'heap', 'v8', 'stack', 'bss', 'anonymous', 'code', 'shared', 'device', 'kernel', 'reserved',
] as const
export type MappingKind = (typeof MAPPING_KINDS)[number]

/** The name of what V8 compiles, where it can be told from other programs' code. */
export const V8_CODE = 'V8 code'

export interface ClassifiedMapping {
  readonly mapping: Mapping
  readonly kind: MappingKind
  /** What it is summed under: a file without ' (deleted)', a name the kernel shows, or what a nameless mapping seems to be. */
  readonly name: string
  /** The kernel does not say so: flags, neighbours and alignment do. */
  readonly guess: boolean
}

export interface ProcessFacts {
  /** Target of /proc/PID/exe; undefined where it cannot be read: the lowest executable file is taken for it. */
  readonly exe: string | undefined
}

/** What each mapping is for. `mappings` are all of one process, in order of address. */
export function classifyMappings(mappings: readonly Mapping[], { exe }: ProcessFacts): ClassifiedMapping[] {
  const program = programOf(mappings, exe)
  const executables = new Set(mappings.filter(({ perms }) => perms.includes('x')).map(({ path }) => path))
  const isNode = runsNode(mappings, exe)
  return mappings.map((mapping, index): ClassifiedMapping => {
    const { path } = mapping
    if (path === undefined) return { mapping, ...namelessKind(mappings, index, isNode) }
    if (!path.startsWith('/')) return { mapping, ...namedKind(mapping, path) }
    const name = mapping.deleted ? withoutMark(path) : path
    const special = specialKind(mapping, name)
    if (special !== undefined) return { mapping, kind: special, name, guess: false }
    if (path === program) return { mapping, kind: 'program', name, guess: exe === undefined }
    const isLibrary = executables.has(path) || /\.(?:so(?:[.\d]*)|node)$/.test(name)
    return { mapping, kind: isLibrary ? 'library' : 'file', name, guess: false }
  })
}

/** Whether it is a Node process, by the files it runs. */
export function runsNode(mappings: readonly Mapping[], exe: string | undefined): boolean {
  const program = programOf(mappings, exe)
  if (program !== undefined && NODE.test(basename(withoutMark(program)))) return true
  return mappings.some(({ path, perms }) => path !== undefined && perms.includes('x') && NODE_LIBRARY.test(path))
}

type Kind = Omit<ClassifiedMapping, 'mapping'>

const NODE = /^(?:node|nodejs|electron)(?:[-_]?v?\d[\d.]*)?$/
const NODE_LIBRARY = /\/libnode\.so[.\d]*(?: \(deleted\))?$/
const DELETED = ' (deleted)'

function withoutMark(path: string): string {
  return path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path
}

function programOf(mappings: readonly Mapping[], exe: string | undefined): string | undefined {
  if (exe !== undefined) return exe
  return mappings.find(({ path, perms }) => path?.startsWith('/') === true && perms === 'r-xp')?.path
}

/** Memory that looks like a file, or is made by a device. */
function specialKind({ path = '', perms, deleted, device }: Mapping, name: string): MappingKind | undefined {
  const isMemfd = name.startsWith('/memfd:') && deleted
  const isShared = isMemfd || name.startsWith('/dev/shm/') || (deleted && /^\/SYSV[0-9a-f]{8}$/.test(name))
    || (path === '/dev/zero (deleted)' && perms.endsWith('s')) || name.startsWith('/anon_hugepage')
  if (isShared) return perms.includes('x') ? 'code' : 'shared'
  if (name.startsWith('/dev/') && device !== '00:00') return 'device'
  return undefined
}

/** Names that programs give to memory, and what their allocators call it. */
const GIVEN_NAMES: readonly (readonly [MappingKind, RegExp])[] = [
  ['stack', /stack/i],
  ['heap', /malloc|scudo|gwp-asan|jemalloc|\bheap\b/i],
  ['bss', /^\.bss$/],
]

/** '[heap]', '[stack]', '[anon:name]', 'anon_inode:[name]', ... */
function namedKind({ perms }: Mapping, path: string): Kind {
  const sure = (kind: MappingKind, name = path): Kind => ({ kind, name, guess: false })
  if (path === '[heap]') return sure('heap')
  if (/^\[stack(?::\d+)?\]$/.test(path)) return sure('stack', '[stack]')
  if (/^\[(?:vdso|vvar(?:_\w+)?|vsyscall|vectors|sigpage|uprobes|gate)\]$/.test(path)) return sure('kernel')
  const [, shared, given = ''] = /^\[anon(_shmem)?:(.*)\]$/s.exec(path) ?? []
  if (shared !== undefined) return sure(perms.includes('x') ? 'code' : 'shared')
  if (!path.startsWith('[anon:')) return sure(path.startsWith('anon_inode:') ? 'device' : 'anonymous')
  if (perms.includes('x')) return sure('code')
  if (/^v8\b/i.test(given)) return sure('v8')
  const kind = GIVEN_NAMES.find(([, pattern]) => pattern.test(given))?.[0] ?? 'anonymous'
  // glibc puts the thread's number behind: thousands of threads are one row.
  return sure(kind, path.replace(/: \d+\]$/, ']'))
}

const ARENA_SIZE = 0x4000000n // HEAP_MAX_SIZE of glibc on 64 bits
const MAX_GUARD_SIZE = 0x10000n

function namelessKind(mappings: readonly Mapping[], index: number, isNode: boolean): Kind {
  const guessed = (kind: MappingKind, name: string): Kind => ({ kind, name, guess: true })
  const mapping = mappings[index]
  if (mapping === undefined) return guessed('anonymous', ANONYMOUS)
  const [before, after] = [neighbour(mappings, index, -1), neighbour(mappings, index, 1)]
  const isV8 = isNode && isPagePool(mapping)

  if (mapping.perms.startsWith('---')) return { kind: 'reserved', name: '[no access]', guess: false }
  if (mapping.perms.includes('x')) {
    return isV8 ? guessed('code', V8_CODE) : { kind: 'code', name: '[JIT]', guess: false }
  }
  if (isV8) return guessed('v8', 'V8 heap and WebAssembly memory')
  if (!mapping.perms.startsWith('rw-p')) return { kind: 'anonymous', name: ANONYMOUS, guess: false }
  if (isArena(mapping, after)) return guessed('heap', 'malloc arenas of threads')
  if (mapping.vmFlags?.includes('gd') === true || isAboveGuard(before)) return guessed('stack', 'thread stacks')
  if (before?.path?.startsWith('/') === true && before.perms === 'rw-p') return guessed('bss', '[bss]')
  return { kind: 'anonymous', name: ANONYMOUS, guess: false }
}

const ANONYMOUS = '[anonymous]'

/** Not inherited by fork: how Node has V8 get its memory, on all lines, and hardly anybody else in a Node process. */
function isPagePool({ vmFlags }: Mapping): boolean {
  return vmFlags?.includes('dc') === true
}

/** glibc reserves 64 MiB at a multiple of that, and makes the beginning of it writable. */
function isArena({ start, end }: Mapping, after: Mapping | undefined): boolean {
  if (start % ARENA_SIZE !== 0n) return false
  return end - start === ARENA_SIZE || (after?.path === undefined && after?.perms === '---p' && after.end - start === ARENA_SIZE)
}

function isAboveGuard(before: Mapping | undefined): boolean {
  if (before?.perms !== '---p' || before.path !== undefined || before.vmFlags?.includes('dc') === true) return false
  return before.end - before.start <= MAX_GUARD_SIZE
}

/** The mapping that touches this one, if any. */
function neighbour(mappings: readonly Mapping[], index: number, step: 1 | -1): Mapping | undefined {
  const [mapping, other] = [mappings[index], mappings[index + step]]
  if (mapping === undefined || other === undefined) return undefined
  return (step === 1 ? mapping.end === other.start : other.end === mapping.start) ? other : undefined
}
