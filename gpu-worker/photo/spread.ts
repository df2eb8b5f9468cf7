/** Fills pixels from their nearest neighbours. Knows neither colours nor alpha. */

import type { Size } from '../../shared/drag.ts'

/**
 * Calls `copy` for every open pixel, with the pixel beside it from which it is filled: each gets what
 * the nearest pixel has that was not open. Nothing happens if all are open.
 *
 * @param open 1 for the pixels to fill
 */
export function spreadInto(
  open: Uint8Array,
  size: Size,
  copy: (to: number, from: number) => void,
): void {
  const left = open.slice()
  const queue: number[] = []
  for (let i = 0; i < left.length; i++) {
    if (left[i] === 1) continue
    let borders = false
    forEachPixelBeside(i, size, (next) => {
      if (left[next] === 1) borders = true
    })
    if (borders) queue.push(i)
  }
  for (const i of queue)
    forEachPixelBeside(i, size, (next) => {
      if (left[next] === 0) return
      left[next] = 0
      copy(next, i)
      queue.push(next)
    })
}

/** Visits the pixels left, right, above and below. */
export function forEachPixelBeside(
  i: number,
  { width, height }: Size,
  visit: (i: number) => void,
): void {
  const x = i % width
  if (x > 0) visit(i - 1)
  if (x < width - 1) visit(i + 1)
  if (i >= width) visit(i - width)
  if (i < width * (height - 1)) visit(i + width)
}
