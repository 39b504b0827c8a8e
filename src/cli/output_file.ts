import { AtomicFile } from '../captures/index.ts'
import { SmemError } from '../errors.ts'
import { ClosedPipe } from './output.ts'

/** What to throw for an error of writing to the file that an option names, which may be a pipe whose reader has gone. */
export function quietIfClosed(error: unknown): unknown {
  return error instanceof SmemError && error.code === 'EPIPE' ? new ClosedPipe() : error
}

/** Writes a whole file, or leaves the one that was there. @throws {SmemError} the system's */
export function writeOutputFile(path: string, text: string): void {
  using file = new AtomicFile(path)
  file.write(Buffer.from(text))
  file.commit()
}
