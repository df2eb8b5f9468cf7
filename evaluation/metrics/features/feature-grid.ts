/**
 * Dense features of a picture: one vector for each cell of a grid, and between the cells as bilinear
 * interpolation gives them. Knows nothing of where they come from.
 */

import type { Size } from '../../../shared/drag.ts'
import type { Pixel } from '../regions/drag-points.ts'

/** How a picture's pixels read the grid: PyTorch's F.interpolate, bilinear without aligned corners, or nearest. */
export type Sampling = 'bilinear' | 'nearest'

/** Inner products of each cell with itself and its neighbours: with them the length anywhere is known. */
type Products = Record<'own' | 'right' | 'below' | 'diagonal' | 'anti', Float32Array>

/** As PyTorch's CosineSimilarity and F.normalize. */
const EPSILON = 1e-8

export class FeatureGrid {
  readonly size: Size
  readonly #rows: number
  readonly #cols: number
  readonly #channels: number
  /** Channels last: [rows, cols, channels]. */
  readonly #cells: Float32Array
  readonly #covered: { readonly rows: number; readonly cols: number }
  readonly #sampling: Sampling
  #lengths: Float32Array | null = null

  /**
   * @param data [channels, rows, cols]
   * @param size of the picture that is described
   * @param covered how much of the grid the picture covers, from the top left, in cells
   */
  constructor(
    data: Float32Array,
    [channels, rows, cols]: readonly [number, number, number],
    size: Size,
    sampling: Sampling = 'bilinear',
    covered: { readonly rows: number; readonly cols: number } = { rows, cols },
  ) {
    if (data.length !== channels * rows * cols)
      throw new Error(`${data.length} features are not ${channels} x ${rows} x ${cols}`)
    this.size = size
    this.#rows = rows
    this.#cols = cols
    this.#channels = channels
    this.#covered = covered
    this.#sampling = sampling
    this.#cells = new Float32Array(data.length)
    for (let channel = 0; channel < channels; channel++)
      for (let cell = 0; cell < rows * cols; cell++)
        this.#cells[cell * channels + channel] = data[channel * rows * cols + cell]!
  }

  /** The vector at a pixel. */
  at({ col, row }: Pixel): Float32Array {
    const { cells, weights } = this.#corners(col, row)
    const vector = new Float32Array(this.#channels)
    cells.forEach((cell, i) => {
      for (let k = 0; k < vector.length; k++)
        vector[k]! += weights[i]! * this.#cells[cell * this.#channels + k]!
    })
    return vector
  }

  /** The cosine of a vector with the vector at each pixel. */
  cosines(vector: Float32Array): Float32Array {
    const dots = new Float32Array(this.#rows * this.#cols)
    for (let cell = 0; cell < dots.length; cell++) dots[cell] = this.#dot(cell, vector)
    const own = Math.hypot(...vector)
    const lengths = this.#lengthsOfAll()
    const { width, height } = this.size
    const cosines = new Float32Array(width * height)
    for (let row = 0, at = 0; row < height; row++)
      for (let col = 0; col < width; col++, at++) {
        const { cells, weights } = this.#corners(col, row)
        let dot = 0
        for (let i = 0; i < cells.length; i++) dot += weights[i]! * dots[cells[i]!]!
        cosines[at] = dot / Math.max(EPSILON, own * lengths[at]!)
      }
    return cosines
  }

  /** The cosine of the vectors at a pixel of this picture and a pixel of another. */
  cosine(here: Pixel, other: FeatureGrid, there: Pixel): number {
    const [one, two] = [this.at(here), other.at(there)]
    let [dot, ones, twos] = [0, 0, 0]
    one.forEach((value, k) => {
      dot += value * two[k]!
      ones += value ** 2
      twos += two[k]! ** 2
    })
    return dot / Math.max(EPSILON, Math.sqrt(ones * twos))
  }

  #dot(cell: number, vector: Float32Array): number {
    let sum = 0
    const from = cell * this.#channels
    for (let k = 0; k < vector.length; k++) sum += vector[k]! * this.#cells[from + k]!
    return sum
  }

  /** The length of the vector at each pixel. */
  #lengthsOfAll(): Float32Array {
    if (this.#lengths !== null) return this.#lengths
    const products = this.#products()
    const { width, height } = this.size
    const lengths = new Float32Array(width * height)
    for (let row = 0, at = 0; row < height; row++)
      for (let col = 0; col < width; col++, at++)
        lengths[at] = Math.sqrt(Math.max(0, lengthSquared(this.#corners(col, row), products)))
    this.#lengths = lengths
    return lengths
  }

  #products(): Products {
    const count = this.#rows * this.#cols
    const between = (down: number, right: number, from: number) =>
      Float32Array.from({ length: count }, (_, cell) => {
        const [row, col] = [Math.floor(cell / this.#cols), cell % this.#cols]
        const one = cell + from
        const isInside = row + down < this.#rows && col + Math.max(right, from) < this.#cols
        if (!isInside) return 0
        const at = this.#channels * (cell + down * this.#cols + right)
        return this.#dot(one, this.#cells.subarray(at, at + this.#channels))
      })
    return {
      own: between(0, 0, 0),
      right: between(0, 1, 0),
      below: between(1, 0, 0),
      diagonal: between(1, 1, 0),
      // Of the cell to the right and the cell below.
      anti: between(1, 0, 1),
    }
  }

  /** The cells whose vectors are mixed at a pixel: one, or the four around it, row by row. */
  #corners(col: number, row: number): { cells: readonly number[]; weights: readonly number[] } {
    const { width, height } = this.size
    const [scaleX, scaleY] = [this.#covered.cols / width, this.#covered.rows / height]
    if (this.#sampling === 'nearest') {
      const [x, y] = [Math.floor(col * scaleX), Math.floor(row * scaleY)]
      return { cells: [y * this.#cols + x], weights: [1] }
    }
    const x = Math.max(0, (col + 0.5) * scaleX - 0.5)
    const y = Math.max(0, (row + 0.5) * scaleY - 0.5)
    const [left, top] = [
      Math.min(this.#cols - 1, Math.floor(x)),
      Math.min(this.#rows - 1, Math.floor(y)),
    ]
    const right = Math.min(this.#cols - 1, left + 1)
    const bottom = Math.min(this.#rows - 1, top + 1)
    const [a, b] = [right === left ? 0 : x - left, bottom === top ? 0 : y - top]
    return {
      cells: [
        top * this.#cols + left,
        top * this.#cols + right,
        bottom * this.#cols + left,
        bottom * this.#cols + right,
      ],
      weights: [(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b],
    }
  }
}

/** The squared length of a mixture of four neighbours, from their inner products. */
function lengthSquared(
  { cells, weights }: { readonly cells: readonly number[]; readonly weights: readonly number[] },
  { own, right, below, diagonal, anti }: Products,
): number {
  const [a, b = 0, c = 0, d = 0] = weights as [number, number?, number?, number?]
  const [first, second, third, fourth] = cells as [number, number, number, number]
  const squares = a * a * own[first]!
  if (weights.length === 1) return squares
  return (
    squares +
    b * b * own[second]! +
    c * c * own[third]! +
    d * d * own[fourth]! +
    2 * a * b * right[first]! +
    2 * c * d * right[third]! +
    2 * a * c * below[first]! +
    2 * b * d * below[second]! +
    2 * a * d * diagonal[first]! +
    2 * b * c * anti[first]!
  )
}
