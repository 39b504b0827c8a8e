import { BAD_CAPTURE } from '../captures/index.ts'
import { SmemError } from '../errors.ts'
import type { Snapshot } from '../processes/index.ts'

/** Refuses to tell of mappings that nobody wrote down. @throws {SmemError} `ERR_BAD_CAPTURE` */
export function checkMappings(path: string, { processes }: Snapshot): void {
  if (processes.some(({ mappings }) => mappings !== undefined) || processes.every(({ usage }) => usage === null)) return
  throw new SmemError(BAD_CAPTURE, `${path} has no mappings: captures have them, records when made with --mappings`, { path })
}
