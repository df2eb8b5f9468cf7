/** Photos in formats or sizes that the API does not take, which the browser can decode. */

import type { ErrorCode } from '../../../shared/errors.ts'
import { MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS } from '../../../shared/files/image-header.ts'

/** What converting may help with. */
export const CONVERTIBLE: readonly ErrorCode[] = [
  'image_unreadable',
  'image_format_unsupported',
  'image_too_large',
]
const QUALITY = 0.95
/** Where the other one gives a file that is too large. */
const LOWER_QUALITY = 0.8

/** The photo as a JPEG of at most as many pixels as the API takes; null if the browser cannot decode it. */
export async function converted(file: Blob): Promise<Blob | null> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    return null
  }
  const share = Math.min(1, Math.sqrt(MAX_IMAGE_PIXELS / (bitmap.width * bitmap.height)))
  const width = Math.max(1, Math.floor(bitmap.width * share))
  const height = Math.max(1, Math.floor(bitmap.height * share))
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (context === null) return null
  // A JPEG has no transparency.
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const jpeg = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY })
  if (jpeg.size <= MAX_IMAGE_BYTES) return jpeg
  return canvas.convertToBlob({ type: 'image/jpeg', quality: LOWER_QUALITY })
}
