/**
 * When edits that are turned away come back: one after the other, and not all in the moment in which a
 * provider may answer again.
 */

/** Edits that may come back a second. */
const PER_SECOND = 100

export class Turnstile {
  #last = 0

  /** When the next edit may come back, at the earliest then. Epoch ms. */
  next(earliest: number): number {
    this.#last = Math.max(earliest, this.#last + 1000 / PER_SECOND)
    return Math.ceil(this.#last)
  }
}
