/** The photo of the page: its file, and a small copy that is shown. */

import type { Size } from '../../../shared/drag.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'

/** Longest side of the copy, which is shown, segmented and warped. */
export const SHOWN_SIDE = 1024

export type ShownPhoto = {
  readonly name: string
  /** Size as displayed, in pixels. Drags refer to this size. */
  readonly size: Size
  /** The copy, of size `shown.width` x `shown.height`. */
  readonly shown: Pixels & { readonly data: Uint8ClampedArray<ArrayBuffer> }
  /** What the request contains: the file, or the edit whose result it is. */
  readonly source: { readonly file: Blob } | { readonly edit: string; readonly file: Blob }
}

/** A file that cannot be opened. The message is shown to the user. */
export class PhotoError extends Error {}

/** @throws PhotoError if the browser cannot decode the file, or the photo is too small */
export async function openPhoto(file: Blob, name: string, edit?: string): Promise<ShownPhoto> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    throw new PhotoError(
      `${name} is not a picture that this browser can open. Choose a JPEG, PNG or WebP file.`,
    )
  }
  const size = { width: bitmap.width, height: bitmap.height }
  if (Math.min(size.width, size.height) < 64) {
    bitmap.close()
    throw new PhotoError(
      `${name} is too small (${size.width} x ${size.height}). Choose a picture of at least 64 x 64 pixels.`,
    )
  }
  const scale = Math.min(1, SHOWN_SIDE / Math.max(size.width, size.height))
  const width = Math.round(size.width * scale)
  const height = Math.round(size.height * scale)
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new PhotoError('This browser does not support 2D canvases.')
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const { data } = context.getImageData(0, 0, width, height)
  const shown = { width, height, data }
  return { name, size, shown, source: edit === undefined ? { file } : { file, edit } }
}

/** The first picture among dropped or pasted files. */
export function pictureIn(files: Iterable<File> | null | undefined): File | null {
  for (const file of files ?? []) if (file.type.startsWith('image/')) return file
  return null
}
