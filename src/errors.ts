import { constants as os } from 'node:os'

/**
 * What can go wrong that is not the caller's bad argument (those are TypeErrors and RangeErrors).
 *
 * System errors keep the kernel's own code (`ESRCH`, `EACCES`, `EMFILE`, ...).
 */
export type SmemErrorCode =
  /** The process exists and has no memory of its own: a zombie, a kernel thread, or it called exec or exit meanwhile. */
  | 'ERR_NO_ADDRESS_SPACE'
  /** The text of smaps or smaps_rollup cannot be trusted; `offset` says where. */
  | 'ERR_MALFORMED_SMAPS'
  /** This kernel, or emulation of one, has neither smaps nor smaps_rollup. */
  | 'ERR_NO_SMAPS'
  /** Not Linux. */
  | 'ERR_UNSUPPORTED_PLATFORM'
  /** The handle was closed. */
  | 'ERR_HANDLE_CLOSED'
  /** A scan left the process out because its RSS is above `maxRss`. */
  | 'ERR_OVER_MAX_RSS'
  /** A file is no capture, record, tree or JSON of ours, or is damaged. */
  | 'ERR_BAD_CAPTURE'
  /** A capture does not have what was asked for. */
  | 'ERR_NOT_CAPTURED'
  /** Compressed by something else than gzip. */
  | 'ERR_UNSUPPORTED_COMPRESSION'
  | 'ERR_UNKNOWN_COLUMN'
  /** A scan left the process out because `budgetMs` was spent. */
  | 'ERR_OVER_BUDGET'
  /** A process could not be forked, and goes on as before: a `ForkError`. */
  | 'ERR_FORK_FAILED'
  /** Processes cannot be forked here, or the addon is missing. */
  | 'ERR_FORK_UNSUPPORTED'
  /** A hook of a fork or a promotion failed. */
  | 'ERR_FORK_HOOK'
  | (string & {})

export interface SmemErrorDetails {
  /** As in Node's own system errors: the negated errno. */
  errno?: number
  syscall?: string
  path?: string
  pid?: number
  /** Byte offset into the file, for `ERR_MALFORMED_SMAPS`. */
  offset?: number
}

/** Every error of this library that is not a TypeError, RangeError or AbortError. */
export class SmemError extends Error implements SmemErrorDetails {
  override readonly name = 'SmemError'
  readonly code: SmemErrorCode
  declare readonly errno?: number
  declare readonly syscall?: string
  declare readonly path?: string
  declare readonly pid?: number
  declare readonly offset?: number

  constructor(code: SmemErrorCode, message: string, details: SmemErrorDetails = {}) {
    super(message)
    this.code = code
    Object.assign(this, details)
  }
}

/** The errnos by which the backends report our own conditions. `readSmapsInto` returns them too. */
export const NO_ADDRESS_SPACE = os.errno.ENODATA
export const MALFORMED_SMAPS = os.errno.EBADMSG
export const NO_SMAPS = os.errno.EOPNOTSUPP

const OWN_CODES: ReadonlyMap<number, SmemErrorCode> = new Map<number, SmemErrorCode>([
  [NO_ADDRESS_SPACE, 'ERR_NO_ADDRESS_SPACE'],
  [MALFORMED_SMAPS, 'ERR_MALFORMED_SMAPS'],
  [NO_SMAPS, 'ERR_NO_SMAPS'],
])

/** Where two names have one number (EAGAIN and EWOULDBLOCK) the usual one comes first, and so last here. */
const SYSTEM_CODES: ReadonlyMap<number, string> = new Map(
  Object.entries(os.errno).reverse().map(([code, errno]) => [errno, code]),
)

/** The stable code of an errno that a backend returned: `ESRCH`, or one of ours. */
export function codeOf(errno: number): SmemErrorCode {
  return OWN_CODES.get(errno) ?? systemCodeOf(errno)
}

/** The system's own name of an errno. */
export function systemCodeOf(errno: number): string {
  return SYSTEM_CODES.get(errno) ?? `E${errno}`
}

/** The errno of an error that node:fs threw; throws the error itself again when it is no system error. */
export function errnoOf(error: unknown): number {
  const errno = (error as NodeJS.ErrnoException | undefined)?.errno
  if (typeof errno !== 'number') throw error
  return Math.abs(errno)
}

/** What was thrown, without its name; anything can be, such as what has no text. */
export function messageOf(error: unknown, ofError: (error: Error) => string = ({ message }) => message): string {
  try {
    return error instanceof Error ? ofError(error) : String(error)
  } catch {
    return 'something that cannot be shown as text'
  }
}
