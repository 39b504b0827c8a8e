/** Longer than any message: whoever sends more than this without an end of line is none of ours. */
const MAX_LENGTH = 2 ** 20

/** Takes pieces of a stream and gives the JSON values of its complete lines. */
export class JsonLines {
  #rest = ''

  /** undefined stands for a line that is no JSON. @throws {RangeError} when a line is too long */
  take(piece: string): unknown[] {
    const lines = (this.#rest + piece).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > MAX_LENGTH || lines.some(({ length }) => length > MAX_LENGTH)) {
      this.#rest = ''
      throw new RangeError(`a line of more than ${MAX_LENGTH} characters came over the control socket`)
    }
    return lines.map(toValue)
  }
}

export function toLine(message: object): string {
  return `${JSON.stringify(message)}\n`
}

function toValue(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
