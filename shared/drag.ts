/** Drags in pixel space. Knows nothing of tokens, masks or models. */

/**
 * A point in continuous pixels of the image as displayed (after EXIF orientation): origin at the
 * top-left corner, x right, y down, `0 <= x <= width`. A click on pixel column `i` is `x = i +
 * 0.5`.
 */
export type Point = { readonly x: number; readonly y: number }

/** Width and height in pixels. */
export type Size = { readonly width: number; readonly height: number }

/**
 * Moves what is at `handle` to `target`. If both are equal, the drag is a pin: it holds its place.
 */
export type Drag = { readonly handle: Point; readonly target: Point }

/** The most drags in one edit. */
export const MAX_DRAGS = 64

/** True for a drag that holds its place. */
export function isPin(drag: Drag): boolean {
  return drag.handle.x === drag.target.x && drag.handle.y === drag.target.y
}
