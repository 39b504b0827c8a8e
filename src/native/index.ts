/** The door to whatever reads /proc: the addon, or node:fs where no addon fits. */
import { SmemError } from '../errors.ts'
import { show } from '../options.ts'
import { loadAddon } from './addon.ts'
import type { Backend } from './backend.ts'
import { typescriptBackend } from './typescript/index.ts'

export * from './backend.ts'
export * from './field_table.ts'
export * from './fork_calls.ts'
export type * from './socket_calls.ts'
export { MALFORMED_REASONS } from './malformed.ts'
export type { MappingHeader } from './typescript/mapping_header.ts'
export { MappingGroups } from './typescript/mapping_groups.ts'
export { pageSize } from './typescript/page_size.ts'
export { parseSmaps, type ParseResult } from './typescript/parser.ts'
export { DEAD_STATES, hasAddressSpace, parseProcessStat, parseStatm } from './typescript/process_stat.ts'
export type { MappingSink } from './typescript/records.ts'
export { smapsChunk } from './typescript/usage_reader.ts'

export interface BackendChoice {
  readonly backend: Backend
  /** Why it is not the addon. */
  readonly reason?: string
}

let choice: BackendChoice | undefined

/** Picks the backend once. @throws {SmemError} `ERR_UNSUPPORTED_PLATFORM` anywhere but on Linux. */
export function chooseBackend(): BackendChoice {
  choice ??= choose(process.platform, process.env['SMEM_TS_BACKEND'])
  return choice
}

export function backend(): Backend {
  return chooseBackend().backend
}

function choose(platform: string, wanted: string | undefined): BackendChoice {
  if (platform !== 'linux' && platform !== 'android') {
    throw new SmemError('ERR_UNSUPPORTED_PLATFORM', `smem-ts reads /proc/PID/smaps, which only Linux has; this is ${platform}`)
  }
  if (wanted === 'typescript') {
    return { backend: typescriptBackend, reason: 'SMEM_TS_BACKEND=typescript asks for it' }
  }
  if (wanted !== undefined && wanted !== '' && wanted !== 'native') {
    throw new TypeError(`SMEM_TS_BACKEND must be 'native' or 'typescript', got ${show(wanted)}`)
  }
  try {
    return { backend: loadAddon() }
  } catch (error) {
    if (wanted === 'native') throw error
    return { backend: typescriptBackend, reason: `no addon could be loaded: ${(error as Error).message}` }
  }
}
