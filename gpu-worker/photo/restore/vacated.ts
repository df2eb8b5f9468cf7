/**
 * What may have been behind a thing: the place that it leaves, filled with patches from the rest of the
 * photo. Of this only the fine detail is used, where a backbone painted the same colours.
 */

import type { Size } from '../../../shared/drag.ts'
import type { DragPlan } from '../../../shared/geometry/plan.ts'
import { fillHole } from '../../../shared/instant/fill/fill.ts'
import { forEachNeighbour } from '../../../shared/token-grid.ts'
import { tokenPixels } from '../composite.ts'

/** The tokens that something leaves and nothing lands on, flat. */
export function vacatedTokens({ sourceMask, targets }: DragPlan): readonly number[] {
  const landed = new Set(targets)
  return sourceMask.filter((token) => !landed.has(token))
}

/** Tokens that show some of what moves, flat: the source tokens, and those beside them. */
export function hiddenTokens({ grid, sourceMask }: DragPlan): ReadonlySet<number> {
  const hidden = new Set(sourceMask)
  for (const token of sourceMask) forEachNeighbour(token, grid, (beside) => hidden.add(beside))
  return hidden
}

/**
 * The photo with its vacated tokens filled.
 *
 * @param rgb of the photo
 * @param closed tokens that are not copied from either, such as a shadow's
 * @param seed of the random search
 */
export function filledPhoto(
  rgb: Uint8Array,
  photo: Size,
  plan: DragPlan,
  closed: readonly number[],
  seed: number,
): Uint8Array {
  const { grid } = plan
  const { width, height } = photo
  const flagsOf = (tokens: Iterable<number>) => {
    const flags = new Uint8Array(width * height)
    for (const token of tokens) {
      const row = Math.floor(token / grid.cols)
      const { left, top, right, bottom } = tokenPixels(photo, grid, row, token % grid.cols)
      for (let y = top; y < bottom; y++) flags.fill(1, y * width + left, y * width + right)
    }
    return flags
  }
  const data = new Uint8ClampedArray(4 * width * height).fill(255)
  for (let at = 0, from = 0; at < data.length; at += 4, from += 3) {
    data[at] = rgb[from]!
    data[at + 1] = rgb[from + 1]!
    data[at + 2] = rgb[from + 2]!
  }
  const flags = flagsOf(hiddenTokens(plan))
  fillHole({ width, height, data }, flags, flagsOf(closed), seed, flagsOf(vacatedTokens(plan)))
  const filled = rgb.slice()
  for (let at = flags.indexOf(1); at !== -1; at = flags.indexOf(1, at + 1))
    for (let k = 0; k < 3; k++) filled[3 * at + k] = data[4 * at + k]!
  return filled
}
