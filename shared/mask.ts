/**
 * Pixel masks: which pixels move, how much of each token they cover, and the automatic mask of a
 * request without one.
 */

import { type Drag, isPin, type Point, type Size } from './drag.ts'
import { EditError } from './errors.ts'
import { type TokenGrid, tokenCount } from './token-grid.ts'

/** One byte per pixel, row-major, 1 for white. */
export type Mask = Size & {
  readonly data: Uint8Array
  /**
   * The number of the thing at each white pixel, from 1, and 0 at each black one. Absent if nobody says
   * where one thing ends and the next begins.
   */
  readonly things?: Uint8Array
}

/** Masks with more pixels are rejected. */
export const MAX_MASK_PIXELS = 4_000_000

/** The same for masks of things, which take twice the memory. */
export const MAX_THINGS_PIXELS = MAX_MASK_PIXELS / 2

/** @throws EditError `mask_too_large` */
export function checkMaskPixels({ width, height }: Size, most: number): void {
  if (width * height > most)
    throw new EditError(
      'mask_too_large',
      `the mask has ${width}x${height} = ${width * height} pixels; the limit is ${most}; send a smaller mask of the same aspect ratio`,
      { pointer: '/mask' },
    )
}

/**
 * Checks that a mask has white pixels and the aspect ratio of the image; its size may differ.
 *
 * @throws EditError `mask_size_mismatch`, `mask_empty`
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
      `no pixel of the ${mask.width}x${mask.height} mask is brighter than 127; white marks pixels, black and transparent do not`,
      { pointer: '/mask' },
    )
}

/** The numbers of a mask's things, ascending; none if it does not tell them apart. */
export function thingNumbers({ things }: Mask): number[] {
  return things === undefined ? [] : [...new Set(things)].filter((n) => n > 0).sort((a, b) => a - b)
}

/** The mask of one thing. */
export function maskOfThing({ width, height, things }: Mask, number: number): Mask {
  const data = new Uint8Array(width * height)
  if (things !== undefined)
    for (let at = 0; at < data.length; at++) if (things[at] === number) data[at] = 1
  return { width, height, data }
}

/** A mask of things from one mask each, numbered from 1. Of several at a pixel, the last has it. */
export function maskOfThings(
  { width, height }: Size,
  each: readonly Uint8Array[],
): Mask & { readonly things: Uint8Array } {
  const things = new Uint8Array(width * height)
  each.forEach((data, i) => {
    for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) things[at] = i + 1
  })
  return { width, height, data: things.map((number) => Math.min(1, number)), things }
}

/** Whether the mask pixel that contains the centre of a photo's pixel is white. */
export function isOnMask(mask: Mask, photo: Size, x: number, y: number): boolean {
  return mask.data[pixelOf(mask, photo, x, y)] === 1
}

/** The number of the thing there, 0 on black; 1 for white that is of no thing in particular. */
export function thingOnMask(mask: Mask, photo: Size, x: number, y: number): number {
  return (mask.things ?? mask.data)[pixelOf(mask, photo, x, y)] as number
}

function pixelOf({ width, height }: Mask, photo: Size, x: number, y: number): number {
  const col = Math.floor(((x + 0.5) * width) / photo.width)
  const row = Math.floor(((y + 0.5) * height) / photo.height)
  return row * width + col
}

/** Whether the pixel at a point is white. */
export function isWhite({ width, height, data }: Mask, { x, y }: Point): boolean {
  const [col, row] = [Math.floor(x), Math.floor(y)]
  return col >= 0 && row >= 0 && col < width && row < height && data[row * width + col] === 1
}

/** The mask at another size: each pixel is the one that contains its centre. */
export function maskAt(mask: Mask, { width, height }: Size): Mask {
  if (mask.width === width && mask.height === height) return mask
  const sampled = (from: Uint8Array) => {
    const to = new Uint8Array(width * height)
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.floor(((y + 0.5) * mask.height) / height) * mask.width
      for (let x = 0; x < width; x++, at++)
        to[at] = from[row + Math.floor(((x + 0.5) * mask.width) / width)] as number
    }
    return to
  }
  return {
    width,
    height,
    data: sampled(mask.data),
    ...(mask.things !== undefined && { things: sampled(mask.things) }),
  }
}

/**
 * Checks that the handles of all moving drags are on the white of an editable mask.
 *
 * @throws EditError `handle_outside_mask`
 */
export function checkHandlesOn(mask: Mask, image: Size, drags: readonly Drag[]): void {
  drags.forEach((drag, index) => {
    if (isPin(drag)) return
    const { x, y } = drag.handle
    const col = Math.min(mask.width - 1, Math.floor((x * mask.width) / image.width))
    const row = Math.min(mask.height - 1, Math.floor((y * mask.height) / image.height))
    if (mask.data[row * mask.width + col] === 1) return
    throw new EditError(
      'handle_outside_mask',
      `drags[${index}].handle (${x}, ${y}) is not on the white of the editable mask`,
      { pointer: `/drags/${index}/handle` },
    )
  })
}

/**
 * Coverage of each token in integers: `sum of ox * oy` over the mask pixels (spec: source mask). A
 * fully covered token has `mask.width * mask.height`.
 *
 * Works on runs of white pixels, each added to all tokens it spans in one step. Rows within the same
 * token row are summed first.
 */
export function tokenCoverage(mask: Mask, grid: TokenGrid): Int32Array {
  const { width, height, data } = mask
  const { rows, cols } = grid
  const coverage = new Int32Array(tokenCount(grid))
  // Differences between neighbouring tokens: the cost of a run does not depend on its length.
  const steps = new Int32Array(cols + 1)
  const flush = (tokenRow: number, overlap: number) =>
    addSums(coverage, steps, tokenRow * cols, overlap)
  let one = findPixel(data, 1, 0)
  let zero = findPixel(data, 0, 0)
  let group = -1
  for (let y = 0; y < height; y++) {
    // In units of 1 / height tokens: the row is `rows` high, a token `height`.
    const top = y * rows
    const bottom = top + rows
    const tokenRow = Math.floor(top / height)
    const within = bottom <= (tokenRow + 1) * height
    if (group !== -1 && (!within || tokenRow !== group)) {
      flush(group, rows)
      steps.fill(0)
    }
    group = within ? tokenRow : -1

    const rowEnd = (y + 1) * width
    for (let at = y * width; ; at = zero) {
      if (one < at) one = findPixel(data, 1, at)
      if (one >= rowEnd) break
      if (zero < one) zero = findPixel(data, 0, one)
      addRun(steps, (one - y * width) * cols, (Math.min(zero, rowEnd) - y * width) * cols, width)
      if (zero >= rowEnd) {
        // A run that continues in the next row starts again there.
        one = rowEnd < data.length && data[rowEnd] === 1 ? rowEnd : findPixel(data, 1, rowEnd)
        break
      }
    }
    if (within) continue
    for (let row = tokenRow; row * height < bottom; row++)
      flush(row, Math.min(bottom, (row + 1) * height) - Math.max(top, row * height))
    steps.fill(0)
  }
  if (group !== -1) flush(group, rows)
  return coverage
}

/**
 * First index at or after `from` that holds `value`, or the length. For short gaps a loop is faster
 * than a native call.
 */
export function findPixel(data: Uint8Array, value: 0 | 1, from: number): number {
  const near = Math.min(data.length, from + 4)
  let at = from
  while (at < near && data[at] !== value) at++
  if (at < near) return at
  const found = at < data.length ? data.indexOf(value, at) : -1
  return found === -1 ? data.length : found
}

/** Adds the interval `[from, to)` to tokens that are `unit` wide, as differences. */
function addRun(steps: Int32Array, from: number, to: number, unit: number): void {
  addStep(steps, from, unit)
  addStep(steps, to, -unit)
}

/**
 * Adds `unit` to the coverage of everything right of `at`: in part for the token that contains `at`,
 * in full for the others.
 */
function addStep(steps: Int32Array, at: number, unit: number): void {
  const size = Math.abs(unit)
  const token = Math.floor(at / size)
  const part = Math.sign(unit) * ((token + 1) * size - at)
  steps[token] = (steps[token] as number) + part
  // A write past the last token is dropped by the typed array, as intended.
  steps[token + 1] = (steps[token + 1] as number) + unit - part
}

/** Adds the sums of `steps`, `overlap` times, to the token row that begins at `base`. */
function addSums(coverage: Int32Array, steps: Int32Array, base: number, overlap: number): void {
  let sum = 0
  for (let col = 0; col + 1 < steps.length; col++) {
    sum += steps[col] as number
    coverage[base + col] = (coverage[base + col] as number) + sum * overlap
  }
}

/** The longer side of an automatic mask, at most. */
export const AUTOMATIC_SIDE = 1024
const AUTOMATIC_RADIUS = 1 / 10

/**
 * The mask of a request without one: a disc around each moving handle, with a tenth of the image's
 * shorter side as its radius. It needs no pixels, so the edge and the CLI make the same one.
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
