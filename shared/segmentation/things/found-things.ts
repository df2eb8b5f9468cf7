/** The things of an edit, as they are found one after the other. */

import type { Point, Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import { isWhite, type Mask, maskOfThings } from '../../mask.ts'
import { areaOf, shared } from './measures.ts'

/** Two things that share this part of the smaller one are the same. */
const SAME = 0.5
/** Pixels between two things that touch. */
const GAP = 2

export class FoundThings {
  readonly #size: Size
  #things: Uint8Array[] = []

  constructor(size: Size) {
    this.#size = size
  }

  /** Whether a point is on a thing that was found. */
  has(at: Point): boolean {
    return this.#things.some((data) => isWhite({ ...this.#size, data }, at))
  }

  /**
   * Adds a thing. One that shares most of itself with an earlier one, or has most of that, is the same
   * thing. Otherwise pixels of both belong to the earlier one, and a gap keeps the two apart.
   */
  add({ data: found }: Mask): void {
    let data = found.slice()
    const others: Uint8Array[] = []
    for (const other of this.#things) {
      const least = Math.min(areaOf({ data }), areaOf({ data: other }))
      const both = shared({ data }, { data: other })
      if (both > 0 && both >= SAME * least) data = data.map((value, at) => value | other[at]!)
      else others.push(other)
    }
    for (const other of others) {
      const wide = dilated(other, this.#size, GAP)
      data = data.map((value, at) => value & (1 - wide[at]!))
    }
    this.#things = [...others, data]
  }

  /** All things. @param handles are white, even those that ended up in a gap: then of a thing beside it */
  mask(handles: readonly Point[]): Mask {
    const mask = maskOfThings(this.#size, this.#things)
    const { width, height, data, things: found } = mask
    const things = found.slice()
    for (const { x, y } of handles) {
      const [col, row] = [Math.floor(x), Math.floor(y)]
      const at = row * width + col
      if (data[at] === 1) continue
      data[at] = 1
      let nearest = Number.POSITIVE_INFINITY
      for (let other = 0; other < found.length; other++) {
        if (found[other] === 0) continue
        const far = (col - (other % width)) ** 2 + (row - Math.floor(other / width)) ** 2
        if (far >= nearest) continue
        nearest = far
        things[at] = found[other] as number
      }
    }
    return { width, height, data, things }
  }
}
