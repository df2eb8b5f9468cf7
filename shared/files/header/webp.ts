/**
 * The header of a WebP: size, orientation and frames are in chunks anywhere in the file, as libwebp
 * reads them.
 */

import type { Size } from '../../drag.ts'
import { exifOrientation } from './exif.ts'
import { type RawHeader, text, unreadable } from './raw-header.ts'

/** The bit of VP8X that says that there is an EXIF chunk. Without it, one does not count. */
const HAS_EXIF = 8

/**
 * @throws RangeError if the bytes end before the size; EditError `image_unreadable`
 */
export function readWebp(bytes: Uint8Array): RawHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = Math.min(bytes.length, 8 + view.getUint32(4, true))
  let canvas: Size | null = null
  let frame: Size | null = null
  let orientation = 0
  let flags = 0
  let frames = 0
  for (let at = 12; at + 8 <= end; ) {
    const type = text(bytes, at, 4)
    const length = view.getUint32(at + 4, true)
    const body = at + 8
    if (type === 'VP8X' && canvas === null && frame === null) {
      flags = view.getUint8(body)
      canvas = { width: 1 + uint24(view, body + 4), height: 1 + uint24(view, body + 7) }
    } else if (type === 'VP8L') frame ??= losslessSize(view, body)
    else if (type === 'VP8 ') frame ??= lossySize(view, body)
    else if (type === 'ANMF') frames++
    else if (type === 'EXIF' && orientation === 0 && (flags & HAS_EXIF) !== 0)
      orientation = exifOrientation(tiffOf(bytes.subarray(body, Math.min(end, body + length))))
    at = body + length + (length & 1)
  }
  const size = canvas ?? frame
  if (size === null) throw new RangeError('the WebP has no frame header yet')
  if (frame !== null && (frame.width !== size.width || frame.height !== size.height))
    unreadable(
      `the WebP says ${size.width}x${size.height}, its frame is ${frame.width}x${frame.height}`,
    )
  return { ...size, orientation: orientation || 1, animated: frames > 1 }
}

/** An EXIF chunk, without the prefix that some programs write although it is for JPEG. */
function tiffOf(chunk: Uint8Array): Uint8Array {
  return text(chunk, 0, 6) === 'Exif\0\0' ? chunk.subarray(6) : chunk
}

function losslessSize(view: DataView, body: number): Size {
  const bits = view.getUint32(body + 1, true)
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) }
}

function lossySize(view: DataView, body: number): Size {
  return {
    width: view.getUint16(body + 6, true) & 0x3fff,
    height: view.getUint16(body + 8, true) & 0x3fff,
  }
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
}
