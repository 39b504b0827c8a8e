type Numbers = Uint8Array | Uint32Array | Float64Array

/** A typed array that grows as it is filled. */
export class GrowingArray<T extends Numbers> {
  length = 0
  #array: T
  readonly #make: (length: number) => T

  constructor(make: (length: number) => T) {
    this.#make = make
    this.#array = make(256)
  }

  /** Adds `count` elements, of any value, and returns the array that they lie in, from the old `length` on. */
  extend(count: number): T {
    const needed = this.length + count
    if (needed > this.#array.length) {
      const larger = this.#make(Math.max(needed, this.#array.length * 2))
      larger.set(this.#array.subarray(0, this.length))
      this.#array = larger
    }
    this.length = needed
    return this.#array
  }

  append(elements: ArrayLike<number>): void {
    const at = this.length
    this.extend(elements.length).set(elements, at)
  }

  truncate(length: number): void {
    this.length = length
  }

  /** The elements in an array of their own. */
  toArray(): T {
    const array = this.#make(this.length)
    array.set(this.#array.subarray(0, this.length))
    return array
  }
}
