/**
 * Reads a photo's header: format, size as displayed, orientation, frames. Decodes no pixels.
 */

import type { Size } from '../drag.ts'
import { EditError } from '../errors.ts'

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
      `the image has ${bytes.length} bytes, the limit is ${MAX_IMAGE_BYTES}; send a smaller JPEG`,
    )
  const header = sniffImage(bytes)
  if (header.animated) fail('image_animated', 'the image has more than one frame')
  checkImageSize(header)
  return header
}

/**
 * Reads the header without checking the limits.
 *
 * @throws EditError `image_unreadable`, `image_format_unsupported`
 */
export function sniffImage(bytes: Uint8Array): ImageHeader {
  const raw = sniff(bytes)
  return raw.orientation >= 5 ? { ...raw, width: raw.height, height: raw.width } : raw
}

/** @throws EditError `image_too_large`, `image_too_small` */
export function checkImageSize({ width, height }: Size): void {
  if (width * height > MAX_IMAGE_PIXELS)
    fail(
      'image_too_large',
      `the image has ${width}x${height} = ${width * height} pixels, the limit is ${MAX_IMAGE_PIXELS}; send a smaller image`,
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

function sniff(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (text(bytes, 1, 3) === 'PNG' && bytes[0] === 137) return readPng(bytes, view)
    if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return readJpeg(bytes, view)
    if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 4) === 'WEBP') return readWebp(bytes, view)
  } catch (cause) {
    // A DataView throws a RangeError past its end: the file ends within its header.
    if (cause instanceof RangeError) fail('image_unreadable', 'the image ends within its header')
    throw cause
  }
  const other = otherFormat(bytes)
  if (other !== null)
    fail(
      'image_format_unsupported',
      `the image is ${other}, which is not supported; send a JPEG, PNG or WebP`,
    )
  return fail('image_unreadable', 'the image is not PNG, JPEG or WebP')
}

/** Recognises formats of phones and cameras that are not supported. */
function otherFormat(bytes: Uint8Array): string | null {
  if (text(bytes, 4, 4) === 'ftyp') {
    const brand = text(bytes, 8, 4)
    if (/^(hei|hev|mif|msf|avi|crx)/.test(brand))
      return brand === 'crx ' ? 'RAW (CR3)' : `HEIC/HEIF (${brand.trim()})`
  }
  const magic = text(bytes, 0, 4)
  if (magic === 'II*\0' || magic === 'MM\0*') return 'RAW or TIFF'
  if (
    ['IIRO', 'IIRS', 'MMOR', 'IIU\0', 'FOVb'].includes(magic) ||
    text(bytes, 0, 15) === 'FUJIFILMCCD-RAW'
  )
    return 'RAW'
  return null
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}

function readPng(bytes: Uint8Array, view: DataView): ImageHeader {
  if (text(bytes, 12, 4) !== 'IHDR')
    fail('image_unreadable', 'the PNG does not start with its header')
  const header = { format: 'png' as const, width: view.getUint32(16), height: view.getUint32(20) }
  let orientation = 1
  let animated = false
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = text(bytes, at + 4, 4)
    if (type === 'acTL') animated = view.getUint32(at + 8) > 1
    if (type === 'eXIf')
      orientation = exifOrientation(bytes.subarray(at + 8, at + 8 + view.getUint32(at)))
    if (type === 'IEND') break
  }
  return { ...header, orientation, animated }
}

function readJpeg(bytes: Uint8Array, view: DataView): ImageHeader {
  let orientation = 0
  for (let at = 2; ; ) {
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xff) at++
    if (view.getUint8(at) !== 0xff) fail('image_unreadable', `the JPEG has no marker at byte ${at}`)
    const marker = view.getUint8(at + 1)
    if (marker === 0xd9 || marker === 0xda) fail('image_unreadable', 'the JPEG has no frame header')
    const standalone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)
    const length = standalone ? 0 : view.getUint16(at + 2)
    if (marker === 0xe1 && orientation === 0 && text(bytes, at + 4, 6) === 'Exif\0\0')
      orientation = exifOrientation(bytes.subarray(at + 10, at + 2 + length))
    const startOfFrame =
      marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (startOfFrame) {
      const size = { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
      return { format: 'jpeg', ...size, orientation: orientation || 1, animated: false }
    }
    at += 2 + length
  }
}

function readWebp(bytes: Uint8Array, view: DataView): ImageHeader {
  let size: Size | null = null
  let orientation = 1
  let frames = 0
  for (let at = 12; at + 8 <= bytes.length; ) {
    const type = text(bytes, at, 4)
    const length = view.getUint32(at + 4, true)
    const body = at + 8
    if (type === 'VP8X')
      size = { width: 1 + uint24(view, body + 4), height: 1 + uint24(view, body + 7) }
    else if (type === 'VP8L') {
      const bits = view.getUint32(body + 1, true)
      size ??= { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) }
    } else if (type === 'VP8 ')
      size ??= {
        width: view.getUint16(body + 6, true) & 0x3fff,
        height: view.getUint16(body + 8, true) & 0x3fff,
      }
    else if (type === 'ANMF') frames++
    else if (type === 'EXIF') orientation = exifOrientation(bytes.subarray(body, body + length))
    at = body + length + (length & 1)
  }
  if (size === null) return fail('image_unreadable', 'the WebP has no frame header')
  return { format: 'webp', ...size, orientation, animated: frames > 1 }
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
}

/** Orientation (tag 0x0112 of IFD0) of an EXIF block, or 1 if there is no valid one. */
function exifOrientation(block: Uint8Array): number {
  const tiff = text(block, 0, 6) === 'Exif\0\0' ? block.subarray(6) : block
  if (tiff.length < 8) return 1
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const little = text(tiff, 0, 2) === 'II'
  const ifd = view.getUint32(4, little)
  if (ifd + 2 > tiff.length) return 1
  const count = view.getUint16(ifd, little)
  for (let i = 0; i < count; i++) {
    const entry = ifd + 2 + 12 * i
    if (entry + 12 > tiff.length) return 1
    if (view.getUint16(entry, little) !== 0x0112) continue
    const value = view.getUint16(entry + 8, little)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}
