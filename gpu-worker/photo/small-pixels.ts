/** A photo reduced for segmentation. */

import type { Pixels } from '../../shared/segmentation/lab.ts'
import { decoded, openPhoto } from './open-photo.ts'

/** Longest side of a photo for segmentation, in pixels. */
const SIDE = 1024

/**
 * The photo as displayed, at most 1024 pixels per side.
 *
 * @throws EditError as {@link openPhoto}, `image_truncated`
 */
export async function smallPixels(photo: Uint8Array): Promise<Pixels> {
  const { data, info } = await decoded(
    openPhoto(photo)
      .resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true }),
  )
  return { width: info.width, height: info.height, data: new Uint8Array(data) }
}
