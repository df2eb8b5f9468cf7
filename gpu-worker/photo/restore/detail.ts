/**
 * Fine detail of a result: a backbone's picture has the working size, and enlarged it is soft. Where it
 * shows what was in the photo before, at its place or moved, the photo's own detail is put back: what of
 * the moved photo the working size cannot hold. Where the backbone painted something else, its picture
 * stays as it is.
 */

import type { Size } from '../../../shared/drag.ts'
import type { DragPlan, Motion } from '../../../shared/geometry/plan.ts'
import { rising } from '../../../shared/geometry/rising.ts'
import { boxMean } from '../../../shared/instant/outline/guided-filter.ts'
import { resized } from '../image.ts'
import { addCubic } from './cubic.ts'
import { type Origin, originsOf } from './origins.ts'
import { bilinear, forEachPixel } from './working-grid.ts'

/**
 * The picture agrees with the photo where they differ by less than the first, in mean levels over 5 x 5
 * working pixels, and not at all from the second on.
 */
const AGREES = 8
const DIFFERS = 24
const WINDOW = 2
/** Most samples per pixel and side where a thing shrinks. */
const MAX_SAMPLES = 4

/** Working pixels by where they come from: how far the picture agrees, 0 to 1, for one origin each. */
type Agreement = { readonly origin: Origin; readonly weights: Float32Array }

export type Shown = {
  /** RGB of the photo, and of the picture that was enlarged to its size. */
  readonly photo: Uint8Array
  readonly enlarged: Uint8Array
  /** RGB of both at the working size. */
  readonly small: Uint8Array
  readonly picture: Uint8Array
}

/** Whether a photo has detail that its working size cannot hold. */
export function hasDetail(photo: Size, working: Size): boolean {
  return photo.width > working.width && photo.height > working.height
}

/**
 * The enlarged picture with the photo's detail.
 *
 * @param motion null if it is not known
 */
export async function withDetail(
  shown: Shown,
  photo: Size,
  working: Size,
  plan: DragPlan,
  motion: Motion | null,
): Promise<Uint8Array> {
  const origins = originsOf(photo, plan, motion)
  const agreements = strongest(
    origins.map((origin) => ({ origin, weights: agreement(origin, shown, photo, working, plan) })),
  )
  const { moved, weights } = movedPhoto(agreements, shown, photo, working)
  const low = await resized(await resized(moved, photo, working), working, photo)
  const result = shown.enlarged.slice()
  for (let i = 0, at = 0; i < weights.length; i++, at += 3) {
    const weight = weights[i]! / 255
    if (weight === 0) continue
    for (let k = at; k < at + 3; k++)
      result[k] = rounded(result[k]! + weight * (moved[k]! - low[k]!))
  }
  return result
}

/** How far the picture agrees with the photo along an origin, by working pixel; 0 where it says nothing. */
function agreement(
  origin: Origin,
  { small, picture }: Shown,
  photo: Size,
  working: Size,
  { grid }: DragPlan,
): Float32Array {
  const size = working.width * working.height
  const known = new Float32Array(size)
  const differences = new Float32Array(size)
  const scaleX = photo.width / working.width
  const scaleY = photo.height / working.height
  const d = { du: 0, dv: 0 }
  const from = new Float64Array(3)
  for (const token of origin.tokens)
    forEachPixel(token, grid, working, (at, x, y) => {
      origin.at(token, (x + 0.5) * scaleX, (y + 0.5) * scaleY, d)
      from.fill(0)
      addCubic(small, working, x + 0.5 + d.du / scaleX, y + 0.5 + d.dv / scaleY, from)
      known[at] = 1
      for (let k = 0; k < 3; k++)
        differences[at] = differences[at]! + Math.abs(from[k]! - picture[3 * at + k]!) / 3
    })
  const count = boxMean(known, working, WINDOW)
  const sum = boxMean(differences, working, WINDOW)
  return sum.map((value, at) => {
    return known[at] === 0 ? 0 : rising(value / count[at]!, DIFFERS, AGREES)
  })
}

/** Of all origins only the one that agrees most, at each working pixel; the first on a tie. */
function strongest(agreements: readonly Agreement[]): readonly Agreement[] {
  const [first] = agreements
  if (first === undefined) return []
  for (let at = 0; at < first.weights.length; at++) {
    let best = first.weights
    for (const { weights } of agreements) if (weights[at]! > best[at]!) best = weights
    for (const { weights } of agreements) if (weights !== best) weights[at] = 0
  }
  return agreements
}

/**
 * The photo as it moved, in the enlarged picture, and by pixel how far that agrees, 0 to 255. Where things
 * shrink, a pixel is the mean of several samples.
 */
function movedPhoto(
  agreements: readonly Agreement[],
  { photo: rgb, enlarged }: Shown,
  photo: Size,
  working: Size,
): { moved: Uint8Array; weights: Uint8Array } {
  const moved = enlarged.slice()
  const weights = new Uint8Array(photo.width * photo.height)
  const sum = new Float64Array(3)
  const [scaleX, scaleY] = [working.width / photo.width, working.height / photo.height]
  for (const { origin, weights: data } of agreements) {
    const map = { ...working, data, stride: 1, offset: 0 }
    origin.each((x, y, dx, dy, stretch) => {
      const share = bilinear(map, (x + 0.5) * scaleX - 0.5, (y + 0.5) * scaleY - 0.5)
      const weight = Math.round(255 * share)
      if (weight === 0) return
      const n = Math.min(MAX_SAMPLES, Math.max(1, Math.ceil(stretch - 0.1)))
      sum.fill(0)
      for (let j = 0; j < n; j++)
        for (let i = 0; i < n; i++) {
          const across = ((i + 0.5) / n - 0.5) * stretch
          const down = ((j + 0.5) / n - 0.5) * stretch
          addCubic(rgb, photo, x + 0.5 + dx + across, y + 0.5 + dy + down, sum)
        }
      const at = y * photo.width + x
      const part = weight / (weights[at]! + weight)
      weights[at] = Math.min(255, weights[at]! + weight)
      for (let k = 3 * at, i = 0; i < 3; k++, i++)
        moved[k] = rounded(moved[k]! + part * (sum[i]! / n ** 2 - moved[k]!))
    })
  }
  return { moved, weights }
}

function rounded(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)))
}
