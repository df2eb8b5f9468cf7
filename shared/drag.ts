/** What a user drags, in pixel space. Knows nothing of tokens, masks or models. */

/**
 * A point in continuous pixels of the image as displayed (after EXIF orientation): origin at the
 * top-left corner, x right, y down, `0 <= x <= width`. A click on pixel column `i` is `x = i +
 * 0.5`.
 */
export type Point = { readonly x: number; readonly y: number }

/** Width and height in pixels. */
export type Size = { readonly width: number; readonly height: number }

/**
 * Take what is at `handle` and put it at `target`. With `handle = target` it is a pin: it holds
 * what is there.
 */
export type Drag = { readonly handle: Point; readonly target: Point }

/** At most this many drags make one edit. */
export const MAX_DRAGS = 64

/** True for a drag that holds its place. */
export function isPin(drag: Drag): boolean {
  return drag.handle.x === drag.target.x && drag.handle.y === drag.target.y
}
