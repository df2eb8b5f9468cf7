/**
 * Turns an editable mask (as in drag benchmarks) into an object mask, by finding the things at the
 * handles.
 */

import { type Drag, isPin, type Size } from '../drag.ts'
import type { DragPlan } from '../geometry/plan.ts'
import { checkHandlesOn, type Mask, tokenCoverage } from '../mask.ts'
import type { Pixels } from './lab.ts'
import { Segmenter } from './segmenter.ts'

/**
 * @param pixels the photo, at any size
 * @param image the photo's full size, which the drags refer to
 * @returns a mask of the size of `pixels`, and how often the segmentation was asked
 * @throws EditError `handle_outside_mask` for a moving handle outside the editable mask
 */
export function thingsWithin(
  pixels: Pixels,
  image: Size,
  drags: readonly Drag[],
  editable: Mask,
): { readonly things: Mask; readonly iterations: number } {
  checkHandlesOn(editable, image, drags)
  const segmenter = new Segmenter(pixels)
  const data = new Uint8Array(pixels.width * pixels.height)
  let iterations = 0
  for (const drag of drags) {
    if (isPin(drag)) continue
    const at = {
      x: Math.min(pixels.width - 0.5, (drag.handle.x * pixels.width) / image.width),
      y: Math.min(pixels.height - 0.5, (drag.handle.y * pixels.height) / image.height),
    }
    // A handle on a thing that was found already belongs to that thing.
    if (data[Math.floor(at.y) * pixels.width + Math.floor(at.x)] === 1) continue
    iterations++
    const found = segmenter.segment({
      add: [{ points: [at], radius: 2 }],
      remove: [],
      within: editable,
    })
    for (let i = 0; i < data.length; i++) if (found.data[i] === 1) data[i] = 1
  }
  return { things: { width: pixels.width, height: pixels.height, data }, iterations }
}

/** The plan with its edit region limited to the editable mask. */
export function boundedBy(plan: DragPlan, editable: Mask): DragPlan {
  const coverage = tokenCoverage(editable, plan.grid)
  return { ...plan, editRegion: plan.editRegion.filter((token) => coverage[token]! > 0) }
}
