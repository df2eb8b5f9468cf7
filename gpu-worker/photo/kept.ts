/** Which pixels of a photo must not change: those outside an editable mask, and those that pins hold. */

import type { Size } from '../../shared/drag.ts'
import type { Held } from '../../shared/geometry/held.ts'
import { isOnMask, type Mask, tokenCoverage } from '../../shared/mask.ts'
import { type TokenGrid, tokenIndexAt } from '../../shared/token-grid.ts'

/** Whether the pixel in column `x` and row `y` stays as it is. */
export type Kept = (x: number, y: number) => boolean

/**
 * @param within an editable mask in the photo's aspect ratio; null if there is none
 * @param held what pins hold; null without pins
 * @returns null if no pixel has to stay
 */
export function keptPixels(
  photo: Size,
  grid: TokenGrid,
  within: Mask | null,
  held: Held | null,
): Kept | null {
  if (within === null && held === null) return null
  const tokens = new Set(held?.tokens)
  const pixels = held?.pixels ?? null
  return (x, y) =>
    (within !== null && !isOnMask(within, photo, x, y)) ||
    (pixels !== null && isOnMask(pixels, photo, x, y)) ||
    (tokens.size > 0 && tokens.has(tokenIndexAt({ x: x + 0.5, y: y + 0.5 }, photo, grid)))
}

/** The tokens of a region whose latents may change: without those that pins hold completely. */
export function changingTokens(
  region: readonly number[],
  grid: TokenGrid,
  held: Held | null,
): readonly number[] {
  if (held === null) return region
  const tokens = new Set(held.tokens)
  if (held.pixels !== null) {
    const whole = held.pixels.width * held.pixels.height
    tokenCoverage(held.pixels, grid).forEach((covered, token) => {
      if (covered === whole) tokens.add(token)
    })
  }
  return region.filter((token) => !tokens.has(token))
}
