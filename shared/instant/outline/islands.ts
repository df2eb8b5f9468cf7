/** Connected parts of flags. */

import type { Size } from '../../drag.ts'

/**
 * Calls `visit` for each connected part (by rows and columns) of the pixels that are `value`.
 *
 * @param visit gets the part's indices, which are valid during the call, and whether one of them is at
 * the picture's frame
 */
export function forEachPart(
  flags: Uint8Array,
  value: 0 | 1,
  { width, height }: Size,
  visit: (part: Int32Array, atFrame: boolean) => void,
): void {
  const seen = flags.map((flag) => (flag === value ? 0 : 1))
  const open = new Int32Array(flags.length)
  for (let seed = seen.indexOf(0); seed !== -1; seed = seen.indexOf(0, seed + 1)) {
    let atFrame = false
    let count = 0
    open[count++] = seed
    seen[seed] = 1
    const reach = (at: number) => {
      if (seen[at] === 1) return
      seen[at] = 1
      open[count++] = at
    }
    for (let k = 0; k < count; k++) {
      const at = open[k]!
      const x = at % width
      atFrame ||= x === 0 || x === width - 1 || at < width || at >= width * (height - 1)
      if (x > 0) reach(at - 1)
      if (x < width - 1) reach(at + 1)
      if (at >= width) reach(at - width)
      if (at < width * (height - 1)) reach(at + width)
    }
    visit(open.subarray(0, count), atFrame)
  }
}

/** Adds enclosed background of up to `most` pixels to a thing. */
export function closeIslands(inside: Uint8Array, size: Size, most: number): void {
  forEachPart(inside, 0, size, (part, atFrame) => {
    if (!atFrame && part.length <= most) for (const at of part) inside[at] = 1
  })
}

/** Removes the parts of a thing that have no pixel of `core`. */
export function dropStray(inside: Uint8Array, core: Uint8Array, size: Size): void {
  forEachPart(inside, 1, size, (part) => {
    if (!part.some((at) => core[at] === 1)) for (const at of part) inside[at] = 0
  })
}
