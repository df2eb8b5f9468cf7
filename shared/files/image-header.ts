/**
 * Reads a photo's header: format, size as displayed, orientation, frames. Decodes no pixels.
 */

import type { Size } from '../drag.ts'
import { EditError } from '../errors.ts'
import { readJpeg } from './header/jpeg.ts'
import { cameraFormat, otherFormat } from './header/other-format.ts'
import { readPng } from './header/png.ts'
import { text } from './header/raw-header.ts'
import { readWebp } from './header/webp.ts'

/** Limits on a photo, checked before it is decoded. */
export const MAX_IMAGE_BYTES = 20_000_000
export const MAX_IMAGE_PIXELS = 40_000_000
export const MIN_IMAGE_SIDE = 64

export type ImageFormat = 'png' | 'jpeg' | 'webp'

/**
 * The header of a photo. `width` and `height` are as displayed, after the EXIF orientation (1 to
 * 8).
 */
export type ImageHeader = Size & {
  readonly format: ImageFormat
  readonly orientation: number
  readonly animated: boolean
}

/** The content type of each format. */
export const contentTypes = { png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp' } as const

/**
 * Reads the header and checks the limits.
 *
 * @throws EditError `image_missing`, `image_unreadable`, `image_format_unsupported`,
 * `image_animated`, `image_too_large`, `image_too_small`
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  if (bytes.length === 0) fail('image_missing', 'the image has no bytes')
  if (bytes.length > MAX_IMAGE_BYTES)
    fail(
      'image_too_large',
      `the image has ${bytes.length} bytes; the limit is ${MAX_IMAGE_BYTES}; send a smaller JPEG`,
    )
  const header = sniffImage(bytes)
  if (header.animated) fail('image_animated', 'the image has more than one frame')
  checkImageSize(header)
  return header
}

/**
 * Reads the header of a whole file without checking the limits.
 *
 * @throws EditError `image_unreadable`, `image_format_unsupported`
 */
export function sniffImage(bytes: Uint8Array): ImageHeader {
  return sniffHead(bytes) ?? fail('image_unreadable', 'the image ends within its header')
}

/**
 * Reads the header from the first bytes of a file, or returns null if its size comes after
 * them. Orientation and frames may follow later still: only the size is certain.
 *
 * @throws EditError `image_unreadable`, `image_format_unsupported`
 */
export function sniffHead(head: Uint8Array): ImageHeader | null {
  const { format, read } = formatOf(head)
  try {
    const { width, height, orientation, animated } = read(head)
    const size = orientation >= 5 ? { width: height, height: width } : { width, height }
    return { format, ...size, orientation, animated }
  } catch (cause) {
    // A DataView throws a RangeError past its end.
    if (cause instanceof RangeError) return null
    throw cause
  }
}

/** @throws EditError `image_too_large`, `image_too_small` */
export function checkImageSize({ width, height }: Size): void {
  if (width * height > MAX_IMAGE_PIXELS)
    fail(
      'image_too_large',
      `the image has ${width}x${height} = ${width * height} pixels; the limit is ${MAX_IMAGE_PIXELS}; send a smaller image`,
    )
  if (Math.min(width, height) < MIN_IMAGE_SIDE)
    fail(
      'image_too_small',
      `the image is ${width}x${height}; each side must have at least ${MIN_IMAGE_SIDE} pixels`,
    )
}

type Fault =
  | 'image_missing'
  | 'image_unreadable'
  | 'image_format_unsupported'
  | 'image_animated'
  | 'image_too_large'
  | 'image_too_small'

function fail(code: Fault, detail: string): never {
  throw new EditError(code, detail, { pointer: '/image' })
}

const readers = { png: readPng, jpeg: readJpeg, webp: readWebp } as const

function formatOf(bytes: Uint8Array) {
  const format = formatNameOf(bytes)
  if (format !== null) return { format, read: readers[format] }
  const camera = cameraFormat(bytes)
  if (camera !== null)
    fail(
      'image_format_unsupported',
      `the image is ${camera}, which is not supported; send a JPEG, PNG or WebP`,
    )
  const other = otherFormat(bytes)
  return fail(
    'image_unreadable',
    `the image is not PNG, JPEG or WebP${other === null ? '' : `: it is ${other}`}`,
  )
}

/** The format that a file's first bytes announce, or null if it is none of ours. */
export function formatNameOf(bytes: Uint8Array): ImageFormat | null {
  if (text(bytes, 1, 3) === 'PNG' && bytes[0] === 137) return 'png'
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg'
  if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 4) === 'WEBP') return 'webp'
  return null
}
