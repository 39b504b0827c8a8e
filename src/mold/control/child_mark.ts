import { createHash } from 'node:crypto'

/** The kernel keeps so many bytes of a process's name. */
const NAME_LENGTH = 15

/**
 * The name (comm) that children of a mold bear from their fork until they have said hello. The kernel keeps it for a process that
 * has ended and was not reaped, of which nothing else tells whose it was. No other has it by chance: it is made of a secret.
 *
 * @param moldId the mold's id in its pool
 */
export function childMark(token: string, moldId: number): string {
  return createHash('sha256').update(`${token} ${moldId}`).digest('hex').slice(0, NAME_LENGTH)
}
