/**
 * The pixel composite: outside the edit region, outside an editable mask and where a pin holds, the
 * result has exactly the photo's pixels, but for what is affected. Knows nothing of latents.
 */

import type { Size } from '../../shared/drag.ts'
import type { TokenGrid } from '../../shared/token-grid.ts'
import type { Kept } from './kept.ts'
import type { Affected } from './restore/affected.ts'

/**
 * Blends `edited` into `visible` inside the tokens of `region`. A photo pixel belongs to the token
 * that contains its centre; its weight is its distance to the nearest token outside the region, in
 * working pixels, divided by `feather`, at most 1.
 *
 * @param original, visible, edited RGB interleaved at size `photo`; `visible` is `original` with other
 * colours where it is fully transparent
 * @param feather the edit fades in over this many pixels of the working size; 0 for a hard edge
 * @param kept pixels that do not change, even in a token of the region; null if only the region counts
 * @param affected takes as much of `edited` as it says, if that is more; null for nothing
 * @param held pixels that do not change although they are affected; null if there are none
 */
export function compositePixels(
  original: Uint8Array,
  visible: Uint8Array,
  edited: Uint8Array,
  photo: Size,
  working: Size,
  grid: TokenGrid,
  region: readonly number[],
  kept: Kept | null,
  feather: number,
  affected: Affected | null = null,
  held: Kept | null = null,
): Uint8Array {
  const inside = new Uint8Array(grid.rows * grid.cols)
  for (const index of region) inside[index] = 1
  const result = original.slice()
  const pitch = working.width / grid.cols
  const reach = Math.max(1, Math.ceil(feather / pitch))
  for (const index of [...region, ...(affected?.tokens ?? [])]) {
    const row = Math.floor(index / grid.cols)
    const col = index % grid.cols
    const borders = outsideNeighbours(inside, grid, row, col, reach)
    const span = tokenPixels(photo, grid, row, col)
    for (let y = span.top; y < span.bottom; y++) {
      for (let x = span.left; x < span.right; x++) {
        const soft = affected === null || held?.(x, y) ? 0 : affected.weight(x, y)
        const at = 3 * (y * photo.width + x)
        if (inside[index] === 0 || kept?.(x, y)) {
          if (soft > 0) blend(result, visible, edited, at, soft)
          continue
        }
        // Position in token units; one token is `pitch` working pixels.
        const u = ((x + 0.5) * grid.cols) / photo.width
        const v = ((y + 0.5) * grid.rows) / photo.height
        const distance = pitch * distanceTo(borders, u, v)
        const weight = distance >= feather ? 1 : distance / feather
        blend(result, visible, edited, at, Math.max(weight, soft))
      }
    }
  }
  return result
}

type Cell = { readonly row: number; readonly col: number }

/**
 * Tokens up to `reach` away that are outside the region. At the border of the image there is no fade.
 */
function outsideNeighbours(
  inside: Uint8Array,
  grid: TokenGrid,
  row: number,
  col: number,
  reach: number,
): Cell[] {
  const found: Cell[] = []
  for (let r = Math.max(0, row - reach); r <= Math.min(grid.rows - 1, row + reach); r++)
    for (let c = Math.max(0, col - reach); c <= Math.min(grid.cols - 1, col + reach); c++)
      if (inside[r * grid.cols + c] === 0) found.push({ row: r, col: c })
  return found
}

/** Range of the pixels whose centres are in a token. */
export function tokenPixels(photo: Size, grid: TokenGrid, row: number, col: number) {
  const first = (token: number, tokens: number, pixels: number) =>
    Math.ceil((token * pixels) / tokens - 0.5)
  return {
    left: first(col, grid.cols, photo.width),
    right: first(col + 1, grid.cols, photo.width),
    top: first(row, grid.rows, photo.height),
    bottom: first(row + 1, grid.rows, photo.height),
  }
}

/** Distance in tokens from a point to the nearest of some cells. */
function distanceTo(cells: readonly Cell[], u: number, v: number): number {
  let nearest = Number.POSITIVE_INFINITY
  for (const { row, col } of cells) {
    const dx = Math.max(col - u, 0, u - (col + 1))
    const dy = Math.max(row - v, 0, v - (row + 1))
    nearest = Math.min(nearest, dx * dx + dy * dy)
  }
  return Math.sqrt(nearest)
}

function blend(
  result: Uint8Array,
  visible: Uint8Array,
  edited: Uint8Array,
  at: number,
  weight: number,
): void {
  for (let k = at; k < at + 3; k++) {
    const from = visible[k] as number
    result[k] = Math.round(from + weight * ((edited[k] as number) - from))
  }
}
