/** The photo of the page: its file, and a small copy that is shown. */

import type { Size } from '../../../shared/drag.ts'
import { EditError } from '../../../shared/errors.ts'
import {
  contentTypes,
  type ImageHeader,
  MAX_IMAGE_BYTES,
  readImageHeader,
} from '../../../shared/files/image-header.ts'
import { checkAspect, modelNames, models } from '../../../shared/models.ts'
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

/** The model that takes the longest photos. */
const WIDEST = modelNames.reduce((widest, name) =>
  models[name].maxAspect > models[widest].maxAspect ? name : widest,
)

/**
 * Opens a photo, if the API would take it.
 *
 * @throws PhotoError if it would not, or the browser cannot decode the file
 */
export async function openPhoto(file: Blob, name: string, edit?: string): Promise<ShownPhoto> {
  const { format } = await checkedHeader(file, name)
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    throw new PhotoError(`This browser cannot open ${name}. The file may be damaged.`)
  }
  const size = { width: bitmap.width, height: bitmap.height }
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
  // With the type of its bytes, whatever its name says.
  const typed = file.slice(0, file.size, contentTypes[format])
  return { name, size, shown, source: edit === undefined ? { file: typed } : { file: typed, edit } }
}

/** Checks what the API checks, before anybody works on a photo that cannot be sent. */
async function checkedHeader(file: Blob, name: string): Promise<ImageHeader> {
  if (file.size > MAX_IMAGE_BYTES)
    throw new PhotoError(
      `${name} is too large (${megabytes(file.size)}). Choose a file of at most ${megabytes(MAX_IMAGE_BYTES)}.`,
    )
  try {
    const header = readImageHeader(new Uint8Array(await file.arrayBuffer()))
    checkAspect(WIDEST, header)
    return header
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    throw new PhotoError(
      error.code === 'image_unreadable'
        ? `${name} is not a picture that can be edited. Choose a JPEG, PNG or WebP file.`
        : `${name} cannot be edited: ${error.message}.`,
    )
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** The first picture among dropped or pasted files. */
export function pictureIn(files: Iterable<File> | null | undefined): File | null {
  for (const file of files ?? []) if (file.type.startsWith('image/')) return file
  return null
}
