/**
 * The text of `value` with `digits` digits after the point, rounded as C's printf rounds: to nearest, and an exact tie
 * to the even digit. `toFixed` takes ties upwards, so that 1280 kB would be 1.3M where every C program prints 1.2M.
 */
export function formatHalfEven(value: number, digits: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const magnitude = Math.abs(value)
  const text = fixed(magnitude, digits)
  return sign + (isTie(magnitude, digits) ? evenDigit(text) : text)
}

/** From here on `toFixed` answers in exponents; such doubles are whole numbers. */
const TO_FIXED_LIMIT = 1e21

function fixed(magnitude: number, digits: number): string {
  if (magnitude < TO_FIXED_LIMIT) return magnitude.toFixed(digits)
  return digits === 0 ? String(BigInt(magnitude)) : `${BigInt(magnitude)}.${'0'.repeat(digits)}`
}

/**
 * Halfway between two decimals of `digits` digits lie the odd multiples of 1 / (2 * 10^digits). Those among them that a
 * double can hold are the odd multiples of 1 / 2^(digits + 1), and scaling by a power of two is exact.
 */
function isTie(magnitude: number, digits: number): boolean {
  return Math.abs((magnitude * 2 ** (digits + 1)) % 2) === 1
}

/** `toFixed` took the tie upwards: an odd last digit goes back by one, which never borrows. */
function evenDigit(text: string): string {
  const last = Number(text.at(-1))
  return last % 2 === 0 ? text : text.slice(0, -1) + String(last - 1)
}
