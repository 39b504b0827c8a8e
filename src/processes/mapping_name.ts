/** What smem calls a mapping of this path: its first word, by Python's idea of blanks. */
export function smemName(path: string): string {
  return path.split(PYTHON_BLANKS).find((word) => word !== '') ?? '<anonymous>'
}

const PYTHON_BLANKS = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/
