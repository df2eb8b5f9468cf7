/**
 * Mean distance (MD): where in the result the features of the handle are found, and how far that is
 * from the target. Three published ways of looking, with the features left open.
 */

import type { Drag, Size } from '../../../shared/drag.ts'
import { meanOf, type Pixel, pixelAt } from '../regions/drag-points.ts'
import type { FeatureGrid } from './feature-grid.ts'

/** Features of the photo and of the result. */
export type Pair = { readonly photo: FeatureGrid; readonly result: FeatureGrid }

/** Smallest radius of the discs of {@link meanDistanceInDiscs}, in pixels. */
const LEAST_RADIUS = 5

/**
 * MD of DragDiffusion (drag_bench_evaluation/run_eval_point_matching.py) in pixels: each match is the
 * best of the whole result. With candidates it is the m-MD of DragLoRA: the best of the pixels that
 * are 1.
 */
export function meanDistance(
  { photo, result }: Pair,
  drags: readonly Drag[],
  candidates?: Uint8Array,
): number | undefined {
  return meanOf(
    drags.map(({ handle, target }) => {
      const cosines = result.cosines(photo.at(pixelAt(handle, photo.size)))
      const isCandidate = (at: number) => candidates === undefined || candidates[at] === 1
      const found = bestOf(cosines, photo.size, isCandidate)
      const [dx, dy] = offset(found, target)
      return Math.hypot(dx, dy)
    }),
  )
}

/**
 * MD of RegionDrag and Inpaint4Drag (utils/evaluator.py) in parts of the picture's sides: each match is
 * the best within two discs around handle and target, whose radius is their distance over the root of
 * two.
 */
export function meanDistanceInDiscs(
  { photo, result }: Pair,
  drags: readonly Drag[],
): number | undefined {
  const { width, height } = photo.size
  return meanOf(
    drags.map(({ handle, target }) => {
      const [from, to] = [pixelAt(handle, photo.size), pixelAt(target, photo.size)]
      const apart = Math.hypot(from.col - to.col, from.row - to.row)
      const radius = Math.max(LEAST_RADIUS, apart / Math.SQRT2)
      const isNear = (at: number, { col, row }: Pixel) =>
        Math.hypot((at % width) - col, Math.floor(at / width) - row) < radius
      const found = bestOf(
        result.cosines(photo.at(from)),
        photo.size,
        (at) => isNear(at, from) || isNear(at, to),
      )
      return Math.hypot((found.col - to.col) / width, (found.row - to.row) / height)
    }),
  )
}

/** The first pixel in reading order with the largest value. */
function bestOf(
  values: Float32Array,
  { width }: Size,
  isCandidate: (at: number) => boolean,
): Pixel {
  let best = -1
  for (let at = 0; at < values.length; at++)
    if (isCandidate(at) && (best === -1 || values[at]! > values[best]!)) best = at
  if (best === -1) throw new Error('there is no pixel to match')
  return { col: best % width, row: Math.floor(best / width) }
}

/** From a target to the centre of a pixel. */
function offset({ col, row }: Pixel, { x, y }: { readonly x: number; readonly y: number }) {
  return [col + 0.5 - x, row + 0.5 - y] as const
}
