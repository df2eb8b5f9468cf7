/**
 * Pixel masks: which pixels move, how much of each token they cover, and the mask made where none
 * is given.
 */

import { type Drag, isPin, type Size } from './drag.ts'
import { EditError } from './errors.ts'
import { type TokenGrid, tokenCount } from './token-grid.ts'

/** One byte a pixel, row-major, 1 where the pixel counts. */
export type Mask = Size & { readonly data: Uint8Array }

/** A mask over this many pixels is refused. */
export const MAX_MASK_PIXELS = 4_000_000

/** @throws EditError `mask_too_large` */
export function checkMaskPixels({ width, height }: Size): void {
  if (width * height > MAX_MASK_PIXELS)
    throw new EditError(
      'mask_too_large',
      `the mask has ${width}x${height} = ${width * height} pixels, the limit is ${MAX_MASK_PIXELS}; a smaller mask of the same shape will do`,
      { pointer: '/mask' },
    )
}

/**
 * A mask covers the whole image at its own or another size of the same shape. @throws EditError
 * `mask_size_mismatch`, `mask_empty`
 */
export function checkMask(mask: Mask, image: Size): void {
  const difference = Math.abs(mask.width * image.height - mask.height * image.width)
  if (difference > Math.max(image.width, image.height))
    throw new EditError(
      'mask_size_mismatch',
      `the mask is ${mask.width}x${mask.height}, the image ${image.width}x${image.height} (as displayed, after EXIF orientation)`,
      { pointer: '/mask' },
    )
  if (mask.data.indexOf(1) === -1)
    throw new EditError(
      'mask_empty',
      `no pixel of the ${mask.width}x${mask.height} mask is brighter than 127`,
      { pointer: '/mask' },
    )
}

/**
 * Coverage of each token in integers: `sum of ox * oy` over the mask pixels (spec: source mask), so
 * that a full token has `mask.width * mask.height`.
 *
 * Rows are read as runs, four pixels at a time where nothing changes; a run adds to the tokens it
 * spans at once.
 */
export function tokenCoverage(mask: Mask, grid: TokenGrid): Int32Array {
  const { width, height, data } = mask
  const { rows, cols } = grid
  const coverage = new Int32Array(tokenCount(grid))
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice()
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2)
  const rowCover = new Int32Array(cols)
  for (let y = 0; y < height; y++) {
    const base = y * width
    let found = false
    rowCover.fill(0)
    for (let x = 0; x < width; ) {
      x = skip(aligned, words, base, x, width, 0)
      if (x >= width) break
      const end = skip(aligned, words, base, x, width, 1)
      addRun(rowCover, x * cols, end * cols, width)
      found = true
      x = end
    }
    if (found) addRow(coverage, rowCover, y * rows, (y + 1) * rows, height, cols)
  }
  return coverage
}

/** First x from `x` on where the pixel is not `value`, or `width`. */
function skip(
  data: Uint8Array,
  words: Uint32Array,
  base: number,
  x: number,
  width: number,
  value: 0 | 1,
): number {
  const word = value * 0x01010101
  while (x < width) {
    const at = base + x
    if ((at & 3) === 0 && x + 4 <= width && words[at >> 2] === word) x += 4
    else if (data[at] === value) x++
    else break
  }
  return x
}

/** Adds the interval `[from, to)` to tokens that are `unit` wide each. */
function addRun(rowCover: Int32Array, from: number, to: number, unit: number): void {
  let token = Math.floor(from / unit)
  for (let at = from; at < to; token++) {
    const end = Math.min(to, (token + 1) * unit)
    rowCover[token] = (rowCover[token] as number) + (end - at)
    at = end
  }
}

/** Adds one row of token-wide sums to the token rows it spans, each `unit` high. */
function addRow(
  coverage: Int32Array,
  rowCover: Int32Array,
  from: number,
  to: number,
  unit: number,
  cols: number,
): void {
  let row = Math.floor(from / unit)
  for (let at = from; at < to; row++) {
    const end = Math.min(to, (row + 1) * unit)
    for (let col = 0; col < cols; col++) {
      const index = row * cols + col
      coverage[index] = (coverage[index] as number) + (rowCover[col] as number) * (end - at)
    }
    at = end
  }
}

const AUTOMATIC_SIDE = 1024
const AUTOMATIC_RADIUS = 1 / 10

/**
 * The mask where the user gives none: a disc around each moving handle, its radius a tenth of the
 * image's shorter side. It needs no pixels, so that edge and CLI make the same one.
 */
export function automaticMask(image: Size, drags: readonly Drag[]): Mask {
  const scale = Math.min(1, AUTOMATIC_SIDE / Math.max(image.width, image.height))
  const width = Math.max(1, Math.round(image.width * scale))
  const height = Math.max(1, Math.round(image.height * scale))
  const data = new Uint8Array(width * height)
  const radius = AUTOMATIC_RADIUS * Math.min(width, height)
  for (const drag of drags) {
    if (isPin(drag)) continue
    const centreX = (drag.handle.x * width) / image.width
    const centreY = (drag.handle.y * height) / image.height
    const firstRow = Math.max(0, Math.floor(centreY - radius))
    const lastRow = Math.min(height - 1, Math.ceil(centreY + radius))
    for (let y = firstRow; y <= lastRow; y++) {
      const half = Math.sqrt(Math.max(0, radius ** 2 - (y + 0.5 - centreY) ** 2))
      const firstCol = Math.max(0, Math.ceil(centreX - half - 0.5))
      const lastCol = Math.min(width - 1, Math.floor(centreX + half - 0.5))
      if (firstCol <= lastCol) data.fill(1, y * width + firstCol, y * width + lastCol + 1)
    }
  }
  return { width, height, data }
}
