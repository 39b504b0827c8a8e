/**
 * Ends this process without its 'exit' handlers: those of libraries remove temporary directories and pid files, which belong to the
 * process that this one was copied from. What process.exit() calls when the handlers have run.
 */
export function endAsCopy(code: number): never {
  return (process as NodeJS.Process & { reallyExit(status: number): never }).reallyExit(code)
}
