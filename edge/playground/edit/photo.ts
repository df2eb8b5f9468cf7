/** The photo of the page: its file, and a small copy that is shown. */

import type { Size } from '../../../shared/drag.ts'
import { EditError } from '../../../shared/errors.ts'
import {
  contentTypes,
  type ImageFormat,
  type ImageHeader,
  MAX_IMAGE_BYTES,
  readImageHeader,
} from '../../../shared/files/image-header.ts'
import { checkAspect, modelNames, models } from '../../../shared/models.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'
import { CONVERTIBLE, converted } from './convert.ts'

/** Longest side of the copy, which is shown, segmented and warped. */
export const SHOWN_SIDE = 1024

export type ShownPhoto = {
  readonly name: string
  /** Size as displayed, in pixels. Drags refer to this size. */
  readonly size: Size
  /** The copy, of size `shown.width` x `shown.height`. */
  readonly shown: Pixels & { readonly data: Uint8ClampedArray<ArrayBuffer> }
  /** What was done to the file before it could be sent; null if nothing was. */
  readonly note: string | null
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
 * Opens a photo, if the API would take it, or what the browser converts it to.
 *
 * @throws PhotoError if it would not, or the browser cannot decode the file
 */
export async function openPhoto(given: Blob, name: string, edit?: string): Promise<ShownPhoto> {
  const checked = await checkedFile(given, name)
  const { file, format } = checked
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
  const source = edit === undefined ? { file: typed } : { file: typed, edit }
  return { name, size, shown, source, note: checked.note }
}

/** A file that can be sent: the given one, or what the browser converts it to. */
async function checkedFile(given: Blob, name: string): Promise<Sendable> {
  try {
    return { file: given, format: (await checkedHeader(given)).format, note: null }
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    const file = CONVERTIBLE.includes(error.code) ? await converted(given) : null
    if (file === null) throw problemOf(error, given, name)
    try {
      const { format, width, height } = await checkedHeader(file)
      const note = `${name} was converted to a JPEG of ${width} x ${height} pixels.`
      return { file, format, note }
    } catch (again) {
      if (!(again instanceof EditError)) throw again
      throw problemOf(again, file, name)
    }
  }
}

type Sendable = {
  readonly file: Blob
  readonly format: ImageFormat
  readonly note: string | null
}

/** Checks what the API checks, before anybody works on a photo that cannot be sent. */
async function checkedHeader(file: Blob): Promise<ImageHeader> {
  const header = readImageHeader(new Uint8Array(await file.arrayBuffer()))
  checkAspect(WIDEST, header)
  return header
}

function problemOf(error: EditError, file: Blob, name: string): PhotoError {
  if (file.size > MAX_IMAGE_BYTES)
    return new PhotoError(
      `${name} is too large (${megabytes(file.size)}). Choose a file of at most ${megabytes(MAX_IMAGE_BYTES)}.`,
    )
  return new PhotoError(
    error.code === 'image_unreadable'
      ? `${name} is not a picture that can be edited. Choose a JPEG, PNG or WebP file.`
      : `${name} cannot be edited: ${error.message}.`,
  )
}

/** A file's name without its ending. */
export function baseName(name: string): string {
  return name.replace(/\.\w+$/, '')
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** The first picture among dropped or pasted files. */
export function pictureIn(files: Iterable<File> | null | undefined): File | null {
  for (const file of files ?? []) if (file.type.startsWith('image/')) return file
  return null
}
