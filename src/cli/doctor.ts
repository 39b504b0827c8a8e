import { SCHEMA, toJsonText } from '../json_text.ts'
import { listProcesses, probeAccess } from '../processes/index.ts'
import { escapeText } from '../report/index.ts'
import { diagnose, readMachineFacts, support, type Access, type Diagnosis, type Facts, type Finding } from '../system/index.ts'
import { isSet, type RunCommand } from './command.ts'
import { ExitCode } from './run.ts'

export const run: RunCommand = async (invocation) => {
  const { output } = invocation
  const facts = await gatherFacts()
  const diagnosis = diagnose(facts)
  if (isSet(invocation, 'json')) await output.write(`${toJsonText(toDocument(facts, diagnosis))}\n`)
  else await output.write(`${diagnosis.findings.flatMap(toLines).join('\n')}\n`)
  return diagnosis.complete ? ExitCode.ok : ExitCode.incomplete
}

async function gatherFacts(): Promise<Facts> {
  const found = support()
  const access = found.supported ? probeAccess(await listProcesses()) : NOTHING_SEEN
  return { support: found, machine: readMachineFacts(), access }
}

const NOTHING_SEEN: Access = {
  processes: 0, readable: 0, unreadRss: 0, others: 0, othersReadable: 0, deniedOwn: 0, example: undefined,
}

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: 'ok      ', note: 'note    ', problem: 'problem ' }

function toLines({ level, text, remedies }: Finding): string[] {
  return [
    MARKS[level] + escapeText(text),
    ...remedies.flatMap(({ command, effect, warning }) => [
      `          $ ${escapeText(command)}`,
      `            ${escapeText(effect)}`,
      ...(warning === undefined ? [] : [`            Careful: ${escapeText(warning)}`]),
    ]),
  ]
}

function toDocument({ support: found, machine, access }: Facts, { complete, findings }: Diagnosis): object {
  const withNulls = (_key: string, value: unknown): unknown => (value === undefined ? null : value)
  const document = { schema: SCHEMA, type: 'doctor', complete, access, support: found, machine, findings }
  return JSON.parse(JSON.stringify(document, withNulls)) as object
}
