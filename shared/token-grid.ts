/**
 * The grid of latent tokens over a working size, and how pixels map to it. Knows nothing of drags or
 * masks.
 */

import type { Point, Size } from './drag.ts'

/** `rows` x `cols` tokens, row-major: `index = row * cols + col`. */
export type TokenGrid = { readonly rows: number; readonly cols: number }

/** Continuous token coordinates: the centre of token (row, col) is at `v = row`, `u = col`. */
export type TokenPoint = { readonly u: number; readonly v: number }

/**
 * The grid of a working size with `pitch` pixels per token and side.
 *
 * @throws Error if the size is not a multiple of the pitch
 */
export function tokenGrid(workingSize: Size, pitch: number): TokenGrid {
  const { width, height } = workingSize
  if (width % pitch !== 0 || height % pitch !== 0)
    throw new Error(`a working size of ${width}x${height} is not a multiple of the pitch ${pitch}`)
  return { rows: height / pitch, cols: width / pitch }
}

/** Number of tokens. */
export function tokenCount(grid: TokenGrid): number {
  return grid.rows * grid.cols
}

/** Token coordinates of a point of the image: `u = x * cols / W - 0.5`, not rounded. */
export function toTokenPoint(point: Point, image: Size, grid: TokenGrid): TokenPoint {
  return {
    u: (point.x * grid.cols) / image.width - 0.5,
    v: (point.y * grid.rows) / image.height - 0.5,
  }
}

/**
 * Flat index of the token that contains a point. The far border belongs to the last row or column.
 */
export function tokenIndexAt(point: Point, image: Size, grid: TokenGrid): number {
  const col = Math.min(grid.cols - 1, Math.floor((point.x * grid.cols) / image.width))
  const row = Math.min(grid.rows - 1, Math.floor((point.y * grid.rows) / image.height))
  return row * grid.cols + col
}

/** Calls `visit` with the flat index of each of a token's (at most 8) neighbours. */
export function forEachNeighbour(
  index: number,
  grid: TokenGrid,
  visit: (index: number) => void,
): void {
  const row = Math.floor(index / grid.cols)
  const col = index - row * grid.cols
  for (let r = Math.max(0, row - 1); r <= Math.min(grid.rows - 1, row + 1); r++)
    for (let c = Math.max(0, col - 1); c <= Math.min(grid.cols - 1, col + 1); c++)
      if (r !== row || c !== col) visit(r * grid.cols + c)
}
