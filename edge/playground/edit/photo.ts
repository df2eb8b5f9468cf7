/** A photo as the page has it: the file as it was given, and a small copy to look at. */

import type { Size } from '../../../shared/drag.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'

/** Longest side of the copy that is shown, segmented and warped. */
export const SHOWN_SIDE = 1024

export type ShownPhoto = {
  readonly name: string
  /** As displayed, in pixels: drags are in these. */
  readonly size: Size
  /** The copy's size is `shown.width` x `shown.height`. */
  readonly shown: Pixels & { readonly data: Uint8ClampedArray<ArrayBuffer> }
  /** What is sent: the file itself, or an earlier edit. */
  readonly source: { readonly file: Blob } | { readonly edit: string; readonly file: Blob }
}

/** What cannot be opened, in words for people. */
export class PhotoError extends Error {}

/** @throws PhotoError for what is no photo that a browser can show */
export async function openPhoto(file: Blob, name: string, edit?: string): Promise<ShownPhoto> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    throw new PhotoError(
      `${name} is not a picture that this browser can show. JPEG, PNG and WebP always work.`,
    )
  }
  const size = { width: bitmap.width, height: bitmap.height }
  if (Math.min(size.width, size.height) < 64) {
    bitmap.close()
    throw new PhotoError(`${name} is ${size.width} x ${size.height}; a side has to be 64 or more.`)
  }
  const scale = Math.min(1, SHOWN_SIDE / Math.max(size.width, size.height))
  const width = Math.round(size.width * scale)
  const height = Math.round(size.height * scale)
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new PhotoError('this browser has no 2D canvas')
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const { data } = context.getImageData(0, 0, width, height)
  const shown = { width, height, data }
  return { name, size, shown, source: edit === undefined ? { file } : { file, edit } }
}

/** The first picture among files that were dropped or pasted. */
export function pictureIn(files: Iterable<File> | null | undefined): File | null {
  for (const file of files ?? []) if (file.type.startsWith('image/')) return file
  return null
}
