/** A picture of the pyramid, with the pixels that are to be filled. */

import type { Size } from '../../drag.ts'
import type { Pixels } from '../../segmentation/lab.ts'

/** Half the side of a patch: patches are 7 x 7. */
export const REACH = 3
/** Side of a patch. */
export const SIDE = 2 * REACH + 1

/**
 * RGBA pixels; `hole` is 1 where a pixel is to be filled, `closed` is 1 where a pixel must not be
 * copied from (the hole itself, and what is moved), `hidden` is 1 where a pixel is unknown and will not be seen: it is
 * neither filled nor compared. Null hides nothing. `texture` has two numbers a pixel, see texture.ts; it is
 * null on the finest level, where the pixels themselves show it, unless a guess says what it is.
 */
export type Level = Pixels & {
  readonly hole: Uint8Array
  readonly closed: Uint8Array
  readonly hidden: Uint8Array | null
  readonly texture: Float32Array | null
}

/** Half the size. A pixel is part of the hole, or closed, if any of its four is; hidden, if it is none of the hole, too. */
export function halved(
  { width, height, data, hole, closed, hidden }: Omit<Level, 'texture'>,
  texture: Float32Array | null = null,
): Level {
  const cols = Math.max(1, width >> 1)
  const rows = Math.max(1, height >> 1)
  const small = new Uint8ClampedArray(4 * cols * rows)
  const right = width > 1 ? 4 : 0
  const down = height > 1 ? 4 * width : 0
  for (let row = 0, at = 0; row < rows; row++)
    for (let col = 0, from = 8 * row * width; col < cols; col++, from += 8)
      for (let channel = 0; channel < 4; channel++, at++) {
        const first = from + channel
        const sum =
          data[first]! + data[first + right]! + data[first + down]! + data[first + down + right]!
        small[at] = sum / 4
      }
  const smallHole = halvedFlags(hole, { width, height })
  return {
    width: cols,
    height: rows,
    data: small,
    hole: smallHole,
    hidden:
      hidden &&
      halvedFlags(hidden, { width, height }).map((flag, at) => flag & (1 - smallHole[at]!)),
    closed: halvedFlags(closed, { width, height }),
    texture,
  }
}

/**
 * The pixels whose patch is inside the picture and touches the hole, by row.
 *
 * @param near 1 for the pixels that are asked for, null for all
 */
export function targetsOf(
  { width, height, hole, hidden }: Omit<Level, 'texture'>,
  near: Uint8Array | null,
): Int32Array {
  const touched = patchSums(hole, width, height)
  const targets = new Uint8Array(width * height)
  for (let y = REACH; y < height - REACH; y++)
    for (let x = REACH; x < width - REACH; x++) {
      const at = y * width + x
      if (touched[at]! > 0 && (near === null || near[at] === 1) && hidden?.[at] !== 1)
        targets[at] = 1
    }
  return indicesOf(targets)
}

/** 1 where a patch has a hidden pixel; null if none is hidden. */
export function besideHidden({ width, height, hidden }: Omit<Level, 'texture'>): Uint8Array | null {
  return hidden && patchSums(hidden, width, height).map((sum) => (sum > 0 ? 1 : 0))
}

/** 1 where some flag is 1 within `reaches` times half the side of a patch. */
export function widened(flags: Uint8Array, { width, height }: Size, reaches: number): Uint8Array {
  let wide = flags
  for (let i = 0; i < reaches; i++)
    wide = patchSums(wide, width, height).map((sum) => (sum > 0 ? 1 : 0))
  return wide
}

/** Flags at half the size: 1 if any of the four is. */
export function halvedFlags(flags: Uint8Array, { width, height }: Size): Uint8Array {
  const cols = Math.max(1, width >> 1)
  const rows = Math.max(1, height >> 1)
  const small = new Uint8Array(cols * rows)
  // An odd last row or column is left out; a side of one is used twice.
  const right = width > 1 ? 1 : 0
  const down = height > 1 ? width : 0
  for (let row = 0, at = 0; row < rows; row++)
    for (let col = 0, from = 2 * row * width; col < cols; col++, at++, from += 2)
      small[at] =
        flags[from]! | flags[from + right]! | flags[from + down]! | flags[from + down + right]!
  return small
}

/** 1 where a patch is inside the picture and has no closed pixel. */
export function sourcesOf({ width, height, closed }: Omit<Level, 'texture'>): Uint8Array {
  const touched = patchSums(closed, width, height)
  const open = new Uint8Array(width * height)
  for (let y = REACH; y < height - REACH; y++)
    for (let x = REACH; x < width - REACH; x++)
      if (touched[y * width + x] === 0) open[y * width + x] = 1
  return open
}

/** The indices of all flags that are 1, ascending. */
export function indicesOf(flags: Uint8Array): Int32Array {
  const indices = new Int32Array(countOf(flags))
  let count = 0
  for (let at = 0; at < flags.length; at++) if (flags[at] === 1) indices[count++] = at
  return indices
}

/** How many flags are 1. */
export function countOf(flags: Uint8Array): number {
  let count = 0
  for (let at = 0; at < flags.length; at++) count += flags[at]!
  return count
}

/** Sums of flags over the patch around each pixel. */
function patchSums(flags: Uint8Array, width: number, height: number): Uint8Array {
  const rows = new Uint8Array(flags.length)
  for (let y = 0; y < height; y++) {
    let sum = 0
    const start = y * width
    for (let x = -REACH; x < width; x++) {
      if (x + REACH < width) sum += flags[start + x + REACH]!
      if (x > REACH) sum -= flags[start + x - REACH - 1]!
      if (x >= 0) rows[start + x] = sum
    }
  }
  const sums = new Uint8Array(flags.length)
  for (let x = 0; x < width; x++) {
    let sum = 0
    for (let y = -REACH; y < height; y++) {
      if (y + REACH < height) sum += rows[(y + REACH) * width + x]!
      if (y > REACH) sum -= rows[(y - REACH - 1) * width + x]!
      if (y >= 0) sums[y * width + x] = sum
    }
  }
  return sums
}
