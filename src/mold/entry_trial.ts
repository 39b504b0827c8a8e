/** What runs in the process that tries, for a MoldPool, whether processes of its kind can be copied; see trial.ts. */
import { writeSync } from 'node:fs'
import { forkSupport, prepareForFork } from '../fork/index.ts'

const ANSWERS = 3

// As a mold does.
prepareForFork()
writeSync(ANSWERS, JSON.stringify(forkSupport()))
process.exit()
