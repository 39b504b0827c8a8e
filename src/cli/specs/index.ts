import type { CommandSpec } from '../command.ts'
import { captureSpec } from './capture.ts'
import { diffSpec } from './diff.ts'
import { listSpec } from './list.ts'
import { recordSpec } from './record.ts'
import { reportSpec } from './report.ts'
import { topSpec } from './top.ts'

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly CommandSpec[] = [listSpec, topSpec, captureSpec, recordSpec, diffSpec, reportSpec]
