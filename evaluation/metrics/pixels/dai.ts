/**
 * Drag accuracy index (GoodDrag, Sec. 4.1): squared difference of the patch at the handle in the photo
 * and the patch at the target in the result. Colours are 0 to 1 and summed over channels, as in
 * evaluation/compute_DAI.py of zewei-Zhang/GoodDrag; beyond the frame is black, as in GeoDrag's copy.
 */

import type { Drag } from '../../../shared/drag.ts'
import type { Metric } from '../../metric.ts'
import type { Picture } from '../../picture.ts'
import { type Pixel, pixelAt } from '../regions/drag-points.ts'

/** Patches have sides of twice as much and one. */
const RADII = [1, 5, 10, 20] as const

/** Of each radius: the paper's mean over points, and the code's, which divides by them once more. */
export const dai: Metric = {
  name: 'dai',
  columns: Object.fromEntries(
    RADII.flatMap((radius) => [
      [`r${radius}`, 'lower' as const],
      [`r${radius}-code`, 'lower' as const],
    ]),
  ),
  async measure({ one, photo, edited }) {
    const drags = one.scored
    if (drags.length === 0) return {}
    return Object.fromEntries(
      RADII.flatMap((radius) => {
        const index = dragAccuracy(photo, edited.picture, drags, radius)
        return [
          [`r${radius}`, index],
          [`r${radius}-code`, index / drags.length],
        ]
      }),
    )
  },
  async close() {},
}

/** The index by the paper: the mean over points of the mean over the patch. */
export function dragAccuracy(
  photo: Picture,
  result: Picture,
  drags: readonly Drag[],
  radius: number,
): number {
  let sum = 0
  for (const { handle, target } of drags)
    sum += patchDifference(photo, pixelAt(handle, photo), result, pixelAt(target, photo), radius)
  return sum / (2 * radius + 1) ** 2 / drags.length
}

function patchDifference(
  photo: Picture,
  handle: Pixel,
  result: Picture,
  target: Pixel,
  radius: number,
): number {
  let sum = 0
  for (let dy = -radius; dy <= radius; dy++)
    for (let dx = -radius; dx <= radius; dx++)
      for (let channel = 0; channel < 3; channel++) {
        const before = valueAt(photo, handle.col + dx, handle.row + dy, channel)
        const after = valueAt(result, target.col + dx, target.row + dy, channel)
        sum += ((before - after) / 255) ** 2
      }
  return sum
}

function valueAt({ width, height, data }: Picture, col: number, row: number, channel: number) {
  if (col < 0 || row < 0 || col >= width || row >= height) return 0
  return data[4 * (row * width + col) + channel]!
}
