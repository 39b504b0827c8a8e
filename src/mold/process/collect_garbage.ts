import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { backend } from '../../native/index.ts'

let gc: (() => void) | undefined

/**
 * A full collection: what is garbage now would be copied into every child. What V8's threads have freed goes back to the system, or
 * malloc would keep it for each of them.
 */
export function collectGarbage(): void {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc')
    gc = runInNewContext('gc') as () => void
  }
  gc()
  backend().fork?.trimMemory()
}
