/** Prints what forkProcess throws, and what forkSupport says. */
import { forkProcess, forkSupport } from '../../../src/fork/index.ts'
import type { SmemError } from '../../../src/errors.ts'

let error = 'none'
try {
  if (forkProcess().isChild) process.exit()
} catch (thrown) {
  error = `${(thrown as SmemError).code}: ${(thrown as Error).message}`
}
process.stdout.write(`${JSON.stringify({ error, support: forkSupport() })}\n`)
