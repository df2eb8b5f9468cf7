/** From a backbone's picture at the working size to one of the photo's size. */

import type { Size } from '../../../shared/drag.ts'
import type { SamplerSettings } from '../../../shared/edit/sampler-settings.ts'
import type { DragPlan, Motion } from '../../../shared/geometry/plan.ts'
import { resized, rgbOf } from '../image.ts'
import { hasDetail, withDetail } from './detail.ts'
import { matchedToRing } from './ring.ts'

/** A backbone's picture, and the photo that it is of. */
export type Decoded = {
  /** Both [3, height, width] of the working size, in [-1, 1]. */
  readonly picture: Float32Array
  readonly reference: Float32Array
  readonly workingSize: Size
  /** The photo's visible colours, RGB interleaved. */
  readonly visible: Uint8Array
  readonly photo: Size
  readonly plan: DragPlan
  /** Null if it is not known. */
  readonly motion: Motion | null
  /** Tokens outside the edit region that may change, too. */
  readonly affected: readonly number[]
  /** Tokens that the backbone may have changed. */
  readonly region: readonly number[]
}

/**
 * The picture at the photo's size, RGB interleaved: its colours matched around the region if the photo's
 * pixels are put back there, and with the photo's detail if that is wanted.
 */
export async function restored(
  { picture, reference, workingSize, visible, photo, plan, motion, affected, region }: Decoded,
  { pixelComposite, detail, seed }: Pick<SamplerSettings, 'pixelComposite' | 'detail' | 'seed'>,
): Promise<Uint8Array> {
  const matched = pixelComposite
    ? matchedToRing(picture, reference, workingSize, plan.grid, region)
    : picture
  const rgb = rgbOf(matched, workingSize)
  const enlarged = await resized(rgb, workingSize, photo)
  if (detail === 'model' || !hasDetail(photo, workingSize)) return enlarged
  const small = rgbOf(reference, workingSize)
  const shown = { photo: visible, enlarged, small, picture: rgb }
  return withDetail(shown, photo, workingSize, plan, motion, affected, seed)
}
