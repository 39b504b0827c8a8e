import type { CommandSpec } from '../command.ts'
import { captureSpec } from './capture.ts'
import { completionSpec } from './completion.ts'
import { diffSpec } from './diff.ts'
import { doctorSpec } from './doctor.ts'
import { listSpec } from './list.ts'
import { mapsSpec } from './maps.ts'
import { recordSpec } from './record.ts'
import { reportSpec } from './report.ts'
import { runSpec } from './run.ts'
import { topSpec } from './top.ts'
import { watchSpec } from './watch.ts'

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  listSpec, topSpec, mapsSpec, captureSpec, recordSpec, diffSpec, reportSpec, watchSpec, runSpec, doctorSpec, completionSpec,
]
