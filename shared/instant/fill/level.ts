/** A picture of the pyramid, with the pixels that are to be filled. */

import type { Pixels } from '../../segmentation/lab.ts'

/** Half the side of a patch: patches are 7 x 7. */
export const REACH = 3
/** Side of a patch. */
export const SIDE = 2 * REACH + 1

/**
 * RGBA pixels; `hole` is 1 where a pixel is to be filled, `closed` is 1 where a pixel must not be
 * copied from (the hole itself, and what is moved).
 */
export type Level = Pixels & { readonly hole: Uint8Array; readonly closed: Uint8Array }

/** Half the size. A pixel is part of the hole, or closed, if any of its four is. */
export function halved({ width, height, data, hole, closed }: Level): Level {
  const cols = Math.max(1, width >> 1)
  const rows = Math.max(1, height >> 1)
  const small = {
    width: cols,
    height: rows,
    data: new Uint8ClampedArray(4 * cols * rows),
    hole: new Uint8Array(cols * rows),
    closed: new Uint8Array(cols * rows),
  }
  for (let row = 0, at = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, at++) {
      const first = 2 * row * width + 2 * col
      // An odd last row or column is left out; a side of one is used twice.
      const right = width > 1 ? 1 : 0
      const down = height > 1 ? width : 0
      const four = [first, first + right, first + down, first + down + right]
      for (const from of four) {
        small.hole[at] = small.hole[at]! | hole[from]!
        small.closed[at] = small.closed[at]! | closed[from]!
      }
      for (let channel = 0; channel < 4; channel++)
        small.data[4 * at + channel] =
          (data[4 * four[0]! + channel]! +
            data[4 * four[1]! + channel]! +
            data[4 * four[2]! + channel]! +
            data[4 * four[3]! + channel]!) /
          4
    }
  return small
}

/** The pixels whose patch is inside the picture and touches the hole, by row. */
export function targetsOf({ width, height, hole }: Level): Int32Array {
  const touched = patchSums(hole, width, height)
  const targets = new Uint8Array(width * height)
  for (let y = REACH; y < height - REACH; y++)
    for (let x = REACH; x < width - REACH; x++)
      if (touched[y * width + x]! > 0) targets[y * width + x] = 1
  return indicesOf(targets)
}

/** 1 where a patch is inside the picture and has no closed pixel. */
export function sourcesOf({ width, height, closed }: Level): Uint8Array {
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

function countOf(flags: Uint8Array): number {
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
