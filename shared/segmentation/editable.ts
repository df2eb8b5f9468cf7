/**
 * Masks of what may change, as drag benchmarks have them, to masks of what moves: the things at the
 * handles, found inside.
 */

import { type Drag, isPin, type Size } from '../drag.ts'
import { EditError } from '../errors.ts'
import type { DragPlan } from '../geometry/plan.ts'
import { type Mask, tokenCoverage } from '../mask.ts'
import type { Pixels } from './lab.ts'
import { Segmenter } from './segmenter.ts'

/**
 * @param pixels the photo, at any size
 * @param image its own size: drags are in its pixels
 * @returns a mask of the size of `pixels`
 * @throws EditError `handle_outside_mask` for a moving handle outside of what may change
 */
export function thingsWithin(
  pixels: Pixels,
  image: Size,
  drags: readonly Drag[],
  editable: Mask,
): Mask {
  const segmenter = new Segmenter(pixels)
  const data = new Uint8Array(pixels.width * pixels.height)
  drags.forEach((drag, index) => {
    if (isPin(drag)) return
    const { x, y } = drag.handle
    const at = { x: (x * pixels.width) / image.width, y: (y * pixels.height) / image.height }
    const col = Math.min(editable.width - 1, Math.floor((x * editable.width) / image.width))
    const row = Math.min(editable.height - 1, Math.floor((y * editable.height) / image.height))
    if (editable.data[row * editable.width + col] !== 1)
      throw new EditError(
        'handle_outside_mask',
        `drags[${index}].handle (${x}, ${y}) is not on the mask of what may change`,
        { pointer: `/drags/${index}/handle` },
      )
    // A handle that lies on a thing that has been found belongs to that thing.
    if (data[Math.floor(at.y) * pixels.width + Math.floor(at.x)] === 1) return
    const found = segmenter.segment({
      add: [{ points: [at], radius: 2 }],
      remove: [],
      within: editable,
    })
    for (let i = 0; i < data.length; i++) if (found.data[i] === 1) data[i] = 1
  })
  return { width: pixels.width, height: pixels.height, data }
}

/** The plan, changing nothing outside of what may change. */
export function boundedBy(plan: DragPlan, editable: Mask): DragPlan {
  const coverage = tokenCoverage(editable, plan.grid)
  return { ...plan, editRegion: plan.editRegion.filter((token) => (coverage[token] as number) > 0) }
}
