/** A photo reduced for segmentation. */

import type { Pixels } from '../../shared/segmentation/lab.ts'
import { decoded, openPhoto } from './open-photo.ts'

/** Longest side of a photo for segmentation, in pixels. */
const SIDE = 1024

/**
 * The photo as displayed, at most 1024 pixels per side. Fully transparent pixels are black, as on a
 * page's canvas: nobody sees what is drawn there.
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
  const pixels = new Uint8Array(data)
  for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] === 0) pixels.fill(0, at, at + 3)
  return { width: info.width, height: info.height, data: pixels }
}
