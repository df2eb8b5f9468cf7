/** The header of a PNG: its chunks before the pixels. Later ones do not count (W3C PNG, 5.6). */

import { exifOrientation } from './exif.ts'
import { coloursOf } from './png-colours.ts'
import { type RawHeader, text, unreadable } from './raw-header.ts'

/**
 * @throws RangeError if the bytes end before the size; EditError `image_unreadable`,
 * `image_format_unsupported`
 */
export function readPng(bytes: Uint8Array): RawHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = { width: view.getUint32(16), height: view.getUint32(20) }
  if (text(bytes, 12, 4) !== 'IHDR') unreadable('the PNG does not start with its header')
  let orientation = 0
  let animated = false
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const length = view.getUint32(at)
    const type = text(bytes, at + 4, 4)
    if (type === 'acTL') animated = view.getUint32(at + 8) > 1
    if (type === 'eXIf' && orientation === 0)
      orientation = exifOrientation(bytes.subarray(at + 8, at + 8 + length))
    if (type === 'cICP') coloursOf(bytes.subarray(at + 8, at + 8 + length))
    if (type === 'IDAT' || type === 'IEND') break
  }
  return { ...size, orientation: orientation || 1, animated }
}
