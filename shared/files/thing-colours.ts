/** The colours of a mask's picture that stand for things. */

import { EditError } from '../errors.ts'
import type { Mask } from '../mask.ts'
import type { ColourRule } from './png-pixels.ts'

/** Most things in a mask: with more colours than that, it is rather one with soft borders. */
const MAX_THINGS = 64
/** As many as a byte has room for. */
const MAX_COLOURS = 255
const OPAQUE = 128

/** Gives colours numbers while a picture is read. */
export class ThingColours {
  readonly #numbers = new Map<number, number>()

  /** The number of a colour, from 1 in the order in which they are seen; 0 for black and transparent. */
  readonly rule: ColourRule = (r, g, b, a) => {
    const colour = (r << 16) | (g << 8) | b
    if (a < OPAQUE || colour === 0) return 0
    const known = this.#numbers.get(colour)
    if (known !== undefined) return known
    if (this.#numbers.size === MAX_COLOURS) tooMany(`over ${MAX_COLOURS}`)
    this.#numbers.set(colour, this.#numbers.size + 1)
    return this.#numbers.size
  }

  /** The mask of the numbers in a picture. Things are numbered in the order of their first pixels. */
  mask({ width, height, data }: Mask): Mask {
    if (this.#numbers.size > MAX_THINGS) tooMany(String(this.#numbers.size))
    const inOrder = new Map([[0, 0]])
    for (const number of data) if (!inOrder.has(number)) inOrder.set(number, inOrder.size)
    const things = data.map((number) => inOrder.get(number) as number)
    return { width, height, data: things.map((number) => Math.min(1, number)), things }
  }
}

function tooMany(count: string): never {
  throw new EditError(
    'mask_unreadable',
    `the mask has ${count} colours besides black; with scope thing, each colour is a thing, and at most ${MAX_THINGS} are allowed: paint without soft borders`,
    { pointer: '/mask' },
  )
}
