import { loadAddon } from '../../src/native/addon.ts'
import { backend, type Backend } from '../../src/native/index.ts'
import { typescriptBackend } from '../../src/native/typescript/index.ts'

/** Both readers of /proc, for tests that hold one against the other. */
export function bothBackends(): readonly [Backend, Backend] {
  return [loadAddon(), typescriptBackend]
}

/** Whether the public calls of this run are answered by the addon: SMEM_TS_BACKEND decides. */
export function isNative(): boolean {
  return backend().name === 'native'
}
