/** A part of a photo as a photo of its own, and the edited part back in its place. */

import { cropped, pasted } from '../../../shared/instant/box.ts'
import type { Rectangle } from '../../../shared/segmentation/lab.ts'
import type { DecodedPhoto } from '../image.ts'

/** @throws Error if the part is not inside the photo */
export function partOf(photo: DecodedPhoto, area: Rectangle): DecodedPhoto {
  const { left, top, width, height } = area
  if (left < 0 || top < 0 || left + width > photo.width || top + height > photo.height)
    throw new Error(`the area at ${left},${top} of ${width}x${height} is not inside the photo`)
  const { rgb, alpha, profile } = photo
  return {
    width,
    height,
    rgb: cropped(new Uint8Array(rgb), photo, area, 3),
    alpha: alpha && cropped(alpha, photo, area, 1),
    profile,
  }
}

/** The photo with a part of it replaced. */
export function withPart(photo: DecodedPhoto, area: Rectangle, part: DecodedPhoto): DecodedPhoto {
  const rgb = new Uint8Array(photo.rgb)
  pasted(part.rgb, rgb, photo, area, 3)
  if (photo.alpha === null || part.alpha === null) return { ...photo, rgb }
  const alpha = photo.alpha.slice()
  pasted(part.alpha, alpha, photo, area, 1)
  return { ...photo, rgb, alpha }
}
