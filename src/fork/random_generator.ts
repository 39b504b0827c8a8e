import { randomFillSync } from 'node:crypto'

/**
 * Math.random of this process. V8's own carries on in every child where the parent stood, so that all of them draw the same
 * numbers; it cannot be seeded, and is replaced. xoshiro128**, as good as V8's, from Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators" (2021). Not for secrets, as V8's is not.
 */
export function installRandom(): void {
  if (Math.random === random) return
  seedRandom()
  Object.defineProperty(Math, 'random', { value: random, writable: true, enumerable: false, configurable: true })
}

/** Begins another sequence. */
export function seedRandom(): void {
  // All zeros would stay all zeros.
  do [a, b, c, d] = randomFillSync(new Int32Array(4)) as unknown as [number, number, number, number]
  while ((a | b | c | d) === 0)
}

/** The state: four words of 32 bits. */
let a = 0
let b = 0
let c = 0
let d = 0

const HIGH_BITS = 27
const LOW_BITS = 26

const { random } = {
  // A method of no constructor, and with the name that V8's has.
  random(): number {
    const high = nextWord() >>> (32 - HIGH_BITS)
    const low = nextWord() >>> (32 - LOW_BITS)
    return (high * 2 ** LOW_BITS + low) / 2 ** (HIGH_BITS + LOW_BITS)
  },
}

function nextWord(): number {
  const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
  const shifted = b << 9
  c ^= a
  d ^= b
  b ^= c
  a ^= d
  c ^= shifted
  d = rotate(d, 11)
  return result
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
