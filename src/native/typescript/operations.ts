import { constants as os } from 'node:os'

/**
 * What the readers ask of the system. They are generators that yield operations and are handed back a number for each:
 * what was asked for, or a negated errno. So each is written once, for the synchronous driver and the asynchronous one.
 */
export type Operation =
  /** A descriptor. */
  | { readonly kind: 'open'; readonly path: string; readonly flags: number }
  /** Bytes read into `into` from `at` on; `position` null reads on from where the last read ended. */
  | { readonly kind: 'read'; readonly fd: number; readonly into: Uint8Array; readonly at: number; readonly size: number
      readonly position: number | null }
  /** 0 when there is something at `path`. */
  | { readonly kind: 'stat'; readonly path: string }
  /** The uid that owns an open file. */
  | { readonly kind: 'owner'; readonly fd: number }
  /** 0; the names are appended to `names`. */
  | { readonly kind: 'list'; readonly path: string; readonly names: string[] }
  /** 0; the descriptor is gone whatever the answer is. */
  | { readonly kind: 'close'; readonly fd: number }

/**
 * A reader. It closes what it opened in `finally` blocks, and these yield nothing but 'close', which a driver carries
 * out even when it has ended the reader by throwing into it.
 */
export type Steps<T> = Generator<Operation, T, number>

export function* openFile(path: string, flags: number): Steps<number> {
  return yield { kind: 'open', path, flags }
}

/** Starts anew when a signal interrupts it. */
export function* read(fd: number, into: Uint8Array, at: number, size: number, position: number | null): Steps<number> {
  for (;;) {
    const got = yield { kind: 'read', fd, into, at, size, position }
    if (got !== -os.errno.EINTR) return got
  }
}

export function* stat(path: string): Steps<number> {
  return yield { kind: 'stat', path }
}

export function* owner(fd: number): Steps<number> {
  return yield { kind: 'owner', fd }
}

export function* list(path: string): Steps<string[] | number> {
  const names: string[] = []
  const result = yield { kind: 'list', path, names }
  return result < 0 ? result : names
}

/** Never retried: on Linux the descriptor is gone even when close says EINTR. */
export function* closeFile(fd: number): Steps<void> {
  yield { kind: 'close', fd }
}
