/** Sparse matrices and vectors, filled entry by entry. Knows nothing of their meaning. */

/** A matrix under construction, [rows, cols] row-major. */
export class Matrix {
  readonly dims: readonly [number, number]
  readonly data: Float32Array

  constructor(rows: number, cols: number) {
    this.dims = [rows, cols]
    this.data = new Float32Array(rows * cols)
  }

  set(row: number, col: number, value: number): this {
    this.data[row * this.dims[1] + col] = value
    return this
  }
}

/** A query or key by its non-zero dimensions. */
export class Sparse {
  readonly #values = new Map<number, number>()

  set(dimension: number, value: number): this {
    this.#values.set(dimension, value)
    return this
  }

  /** The entries, with `dump` set so that the vector has the norm `norm`. */
  toppedUp(dump: number, norm: number): [number, number][] {
    const squared = [...this.#values.values()].reduce((sum, value) => sum + value * value, 0)
    return [...this.#values, [dump, Math.sqrt(norm ** 2 - squared)]]
  }
}
