/**
 * Fine detail of a result: a backbone's picture has the working size, and enlarged it is soft. Where it
 * shows what was in the photo before, at its place or moved, the photo's own detail is put back: what of
 * the moved photo the working size cannot hold. What is affected, such as a shadow, keeps the photo's
 * detail in its new light; the place that a thing left gets that of a fill. Where the backbone painted
 * something else, its picture stays as it is.
 */

import type { Size } from '../../../shared/drag.ts'
import type { DragPlan, Motion } from '../../../shared/geometry/plan.ts'
import { resized } from '../image.ts'
import { type Agreement, agreement, agreementInAnyLight, likeness } from './agreement.ts'
import { addCubic } from './cubic.ts'
import { inPlace, originsOf } from './origins.ts'
import { filledPhoto, hiddenTokens, vacatedTokens } from './vacated.ts'
import { bilinear } from './working-grid.ts'

/** A larger photo is filled at this size: there its vacated place has all detail but the finest. */
const FILLED_PIXELS = 2_000_000
/** Most samples per pixel and side where a thing shrinks. */
const MAX_SAMPLES = 4

export type Shown = {
  /** RGB of the photo, and of the picture that was enlarged to its size. */
  readonly photo: Uint8Array
  readonly enlarged: Uint8Array
  /** RGB of both at the working size. */
  readonly small: Uint8Array
  readonly picture: Uint8Array
}

/** The size at which vacated tokens are filled: the photo's, or as much of it as takes little time. */
function fillSize({ width, height }: Size): Size {
  const scale = Math.min(1, Math.sqrt(FILLED_PIXELS / (width * height)))
  return { width: Math.round(width * scale), height: Math.round(height * scale) }
}

/** Whether a photo has detail that its working size cannot hold. */
export function hasDetail(photo: Size, working: Size): boolean {
  return photo.width > working.width && photo.height > working.height
}

/**
 * The enlarged picture with the photo's detail.
 *
 * @param motion null if it is not known
 * @param affected tokens that may have another light
 * @param seed of the search for what may have been behind a thing
 */
export async function withDetail(
  shown: Shown,
  photo: Size,
  working: Size,
  plan: DragPlan,
  motion: Motion | null,
  affected: readonly number[],
  seed: number,
): Promise<Uint8Array> {
  const { small, picture } = shown
  const sizes = { photo, working, grid: plan.grid }
  const source = { full: shown.photo, small }
  const agreements = strongest(
    originsOf(photo, plan, motion).map((origin) => agreement(origin, source, picture, sizes)),
  )
  if (affected.length > 0) {
    const origin = inPlace(photo, plan, affected)
    agreements.push(agreementInAnyLight(origin, source, picture, sizes))
  }
  const vacated = vacatedTokens(plan)
  if (vacated.length > 0) {
    const size = fillSize(photo)
    const before = await resized(shown.photo, photo, size)
    const fill = filledPhoto(before, size, plan, affected, seed)
    const filled = {
      full: await resized(fill, size, photo),
      small: await resized(fill, size, working),
    }
    const origin = inPlace(photo, plan, vacated)
    agreements.push(likeness(origin, filled, picture, sizes, hiddenTokens(plan)))
  }
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

/** Of all origins only the one that agrees most, at each working pixel; the first on a tie. */
function strongest(agreements: Agreement[]): Agreement[] {
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
  { enlarged }: Shown,
  photo: Size,
  working: Size,
): { moved: Uint8Array; weights: Uint8Array } {
  const moved = enlarged.slice()
  const weights = new Uint8Array(photo.width * photo.height)
  const sum = new Float64Array(3)
  const [scaleX, scaleY] = [working.width / photo.width, working.height / photo.height]
  for (const { origin, source, weights: data, light } of agreements) {
    const map = { ...working, data, stride: 1, offset: 0 }
    const lights = light && { ...map, data: light }
    origin.each((x, y, dx, dy, stretch) => {
      const [u, v] = [(x + 0.5) * scaleX - 0.5, (y + 0.5) * scaleY - 0.5]
      const share = bilinear(map, u, v)
      const weight = Math.round(255 * share)
      if (weight === 0) return
      const n = Math.min(MAX_SAMPLES, Math.max(1, Math.ceil(stretch - 0.1)))
      sum.fill(0)
      for (let j = 0; j < n; j++)
        for (let i = 0; i < n; i++) {
          const across = ((i + 0.5) / n - 0.5) * stretch
          const down = ((j + 0.5) / n - 0.5) * stretch
          addCubic(source.full, photo, x + 0.5 + dx + across, y + 0.5 + dy + down, sum)
        }
      const gain = lights === null ? 1 / n ** 2 : bilinear(lights, u, v) / n ** 2
      const at = y * photo.width + x
      const part = weight / (weights[at]! + weight)
      weights[at] = Math.min(255, weights[at]! + weight)
      for (let k = 3 * at, i = 0; i < 3; k++, i++)
        moved[k] = rounded(moved[k]! + part * (gain * sum[i]! - moved[k]!))
    })
  }
  return { moved, weights }
}

function rounded(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)))
}
