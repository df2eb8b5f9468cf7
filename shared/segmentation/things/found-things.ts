/** The things of an edit, as they are found one after the other. */

import type { Point, Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import { isWhite, type Mask, maskOfThings } from '../../mask.ts'
import type { BoundThing } from './beyond.ts'
import { areaOf, shared } from './measures.ts'

/** Two things that share this part of the smaller one are the same. */
const SAME = 0.5
/** Pixels between two things that touch. */
const GAP = 2

export class FoundThings {
  readonly #size: Size
  /** With what of them stays. */
  #things: Uint8Array[] = []
  readonly #moves: Uint8Array
  readonly #stays: Uint8Array

  constructor(size: Size) {
    this.#size = size
    this.#moves = new Uint8Array(size.width * size.height)
    this.#stays = new Uint8Array(size.width * size.height)
  }

  /** Whether a point is on what moves of a thing that was found. */
  has(at: Point): boolean {
    const on = (data: Uint8Array) => isWhite({ ...this.#size, data }, at)
    return on(this.#moves) && this.#things.some(on)
  }

  /**
   * Adds a thing. One that shares most of itself with an earlier one, or has most of that, is the same
   * thing. Otherwise pixels of both belong to the earlier one, and a gap keeps the two apart.
   */
  add({ moves, stays }: BoundThing): void {
    let data = moves.data.map((value, at) => value | stays[at]!)
    data.forEach((_, at) => {
      this.#moves[at]! |= moves.data[at]!
      this.#stays[at]! |= stays[at]!
    })
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

  /**
   * All things, and what of them stays beside that.
   *
   * @param handles move, even those that ended up in a gap: then as a part of the thing beside it
   */
  masks(handles: readonly Point[]): { readonly mask: Mask; readonly fixed: Mask } {
    const { width, height, data, things: found } = maskOfThings(this.#size, this.#things)
    const fixed = { width, height, data: new Uint8Array(width * height) }
    for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
      // What moves in one place does not stay for another.
      if (this.#stays[at] === 0 || this.#moves[at] === 1) continue
      fixed.data[at] = 1
      data[at] = 0
      found[at] = 0
    }
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
    return { mask: { width, height, data, things }, fixed }
  }
}
