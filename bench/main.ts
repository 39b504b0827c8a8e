import { parseArgs } from 'node:util'
import { commandClaims } from './claims/command.ts'
import { mappingsClaims } from './claims/mappings.ts'
import { reforkAppClaims } from './claims/refork_app.ts'
import { reforkMemoryClaims } from './claims/refork_memory.ts'
import { reforkSpeedClaims } from './claims/refork_speed.ts'
import { rollupClaims } from './claims/rollup.ts'
import { scanClaims } from './claims/scan.ts'
import { smapsClaims } from './claims/smaps.ts'
import { stallClaims } from './claims/stall.ts'
import { watchdogClaims } from './claims/watchdog.ts'
import { FULL, QUICK, type Claim } from './support/claim.ts'
import { outcomeHolds, tableHead, tableRow, toJson, type Outcome } from './support/table.ts'
import { endVictimsOnSignal } from './support/victims.ts'

const CLAIMS: readonly Claim[] = [
  ...rollupClaims, ...smapsClaims, ...mappingsClaims, ...scanClaims, ...stallClaims, ...watchdogClaims, ...commandClaims,
  ...reforkMemoryClaims, ...reforkAppClaims, ...reforkSpeedClaims,
]

const USAGE = `npm run bench -- [--quick] [--json] [--strict] [--only NAME]...
  --quick   a few seconds a claim, for a look
  --json    one JSON object
  --strict  exit with 1 when a claim fails
  --only    claims whose name starts so, of: ${CLAIMS.map(({ name }) => name).join(', ')}`

process.exitCode = await main()

async function main(): Promise<number> {
  const { values: options } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [''] },
      help: { type: 'boolean', default: false },
    },
  })
  const chosen = CLAIMS.filter(({ name }) => options.only.some((wanted) => name.startsWith(wanted)))
  if (options.help || chosen.length === 0) {
    console.error(USAGE)
    return options.help ? 0 : 2
  }
  endVictimsOnSignal()
  const outcomes: Outcome[] = []
  if (!options.json) console.log(tableHead())
  for (const claim of chosen) {
    const outcome = { claim, result: await claim.measure(options.quick ? QUICK : FULL) }
    outcomes.push(outcome)
    if (!options.json) console.log(tableRow(outcome))
  }
  if (options.json) console.log(toJson(outcomes))
  return options.strict && outcomes.some((outcome) => outcomeHolds(outcome) === false) ? 1 : 0
}
