/** Normalised cross correlation of a patch of colours with the patches of a picture. */

import type { Size } from '../../../shared/drag.ts'
import type { Picture } from '../../picture.ts'
import type { Pixel } from '../regions/drag-points.ts'

/** Three colours of each pixel, 0 to 255. */
export type Colours = Size & { readonly data: Float32Array }

export function coloursOf({ width, height, data: rgba }: Picture): Colours {
  const data = new Float32Array(3 * width * height)
  for (let at = 0; at < width * height; at++)
    for (let channel = 0; channel < 3; channel++) data[3 * at + channel] = rgba[4 * at + channel]!
  return { width, height, data }
}

/** The means of squares of `factor` pixels a side; what does not fill one is left out. */
export function reduced(colours: Colours, factor: number): Colours {
  if (factor === 1) return colours
  const width = Math.floor(colours.width / factor)
  const height = Math.floor(colours.height / factor)
  const data = new Float32Array(3 * width * height)
  for (let y = 0; y < height * factor; y++)
    for (let x = 0; x < width * factor; x++)
      for (let channel = 0; channel < 3; channel++) {
        const to = 3 * (Math.floor(y / factor) * width + Math.floor(x / factor)) + channel
        data[to]! += colours.data[3 * (y * colours.width + x) + channel]! / factor ** 2
      }
  return { width, height, data }
}

/** Standard deviation of colours below which a patch has nothing to find it by. */
const LEAST_CONTRAST = 1

/** A patch of a picture: how far it reaches from its place, and its colours less their means. */
export class Template {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly #values: Float32Array
  readonly #length: number

  /** @param reach how far the patch reaches to the left, right, top and bottom */
  constructor(colours: Colours, { col, row }: Pixel, reach: readonly number[]) {
    ;[this.left, this.right, this.top, this.bottom] = reach as [number, number, number, number]
    const [side, height] = [this.left + this.right + 1, this.top + this.bottom + 1]
    this.#values = new Float32Array(3 * side * height)
    const sums = [0, 0, 0]
    for (let i = 0; i < this.#values.length; i++) {
      const pixel = Math.floor(i / 3)
      const y = row - this.top + Math.floor(pixel / side)
      const x = col - this.left + (pixel % side)
      this.#values[i] = colours.data[3 * (y * colours.width + x) + (i % 3)]!
      sums[i % 3]! += this.#values[i]!
    }
    const squares = this.#values.reduce((sum, value, i) => {
      const centred = value - sums[i % 3]! / (side * height)
      this.#values[i] = centred
      return sum + centred ** 2
    }, 0)
    this.#length = Math.sqrt(squares)
  }

  /** Whether the patch has too little contrast to be found. */
  get isFlat(): boolean {
    return this.#length < LEAST_CONTRAST * Math.sqrt(this.#values.length)
  }

  /** Whether the patch at a place is all inside a picture. */
  fits({ width, height }: Size, { col, row }: Pixel): boolean {
    return (
      col >= this.left && row >= this.top && col + this.right < width && row + this.bottom < height
    )
  }

  /** Pearson's correlation with the patch at a place, each channel about its own mean; 0 for a flat one. */
  correlation({ width, data }: Colours, { col, row }: Pixel): number {
    const values = this.#values
    let [dot, squares] = [0, 0]
    let [r, g, b] = [0, 0, 0]
    let i = 0
    for (let y = row - this.top; y <= row + this.bottom; y++) {
      const end = 3 * (y * width + col + this.right + 1)
      for (let at = 3 * (y * width + col - this.left); at < end; at += 3, i += 3) {
        const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!]
        dot += red * values[i]! + green * values[i + 1]! + blue * values[i + 2]!
        squares += red * red + green * green + blue * blue
        r += red
        g += green
        b += blue
      }
    }
    const variance = squares - (3 * (r * r + g * g + b * b)) / values.length
    return variance <= values.length * 1e-6 ? 0 : dot / (this.#length * Math.sqrt(variance))
  }
}

/**
 * The patch around a place, cut so that it is inside the picture there and at `other`.
 *
 * @returns null if it has no contrast, or the frame leaves less than three pixels a side
 */
export function templateAt(
  colours: Colours,
  place: Pixel,
  other: Pixel,
  reach: number,
): Template | null {
  const { width, height } = colours
  const sides = [
    Math.min(reach, place.col, other.col),
    Math.min(reach, width - 1 - place.col, width - 1 - other.col),
    Math.min(reach, place.row, other.row),
    Math.min(reach, height - 1 - place.row, height - 1 - other.row),
  ] as const
  if (sides[0] + sides[1] < 2 || sides[2] + sides[3] < 2) return null
  const patch = new Template(colours, place, sides)
  return patch.isFlat ? null : patch
}
