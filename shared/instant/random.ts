/** A small generator of random numbers with the same sequence on every machine. */

/** Marsaglia's xorshift32: whole numbers of 32 bits; a seed gives one sequence. */
export class Random {
  #state: number

  constructor(seed: number) {
    // A state of 0 would stay 0.
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x6a09e667) | 1
  }

  /** A whole number from 0 to `count - 1`. */
  below(count: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return (state >>> 0) % count
  }
}
