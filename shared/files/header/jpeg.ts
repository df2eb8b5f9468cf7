/** The header of a JPEG: every marker before the first scan, as libjpeg reads them. */

import type { Size } from '../../drag.ts'
import { exifOrientation } from './exif.ts'
import { type RawHeader, text, unreadable, unsupported } from './raw-header.ts'

/**
 * @throws RangeError if the bytes end before the first scan; EditError `image_unreadable`,
 * `image_format_unsupported`
 */
export function readJpeg(bytes: Uint8Array): RawHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let size: Size | null = null
  let orientation = 0
  for (let at = 2; ; ) {
    at = nextMarker(view, at)
    const marker = view.getUint8(at + 1)
    if (marker === 0xd9 || marker === 0xda) break
    const length = isStandalone(marker) ? 0 : view.getUint16(at + 2)
    if (marker === 0xe1 && orientation === 0 && text(bytes, at + 4, 6) === 'Exif\0\0')
      orientation = exifOrientation(bytes.subarray(at + 10, at + 2 + length))
    if (isStartOfFrame(marker)) {
      checkCoding(marker, view.getUint8(at + 4))
      size ??= { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    }
    at += 2 + length
  }
  if (size === null) return unreadable('the JPEG has no frame header')
  return { ...size, orientation: orientation || 1, animated: false }
}

/** Where the next marker begins. Bytes that belong to no segment, and fill bytes, are skipped. */
function nextMarker(view: DataView, from: number): number {
  let at = from
  while (view.getUint8(at) !== 0xff || [0x00, 0xff].includes(view.getUint8(at + 1))) at++
  return at
}

/** Markers without a segment: TEM and the restart markers. */
function isStandalone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)
}

/** SOF0 to SOF15, without DHT, JPG and DAC, which are in the same range. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
}

/** Baseline, extended and progressive, with Huffman or arithmetic coding: what libjpeg decodes. */
const DECODED = [0xc0, 0xc1, 0xc2, 0xc9, 0xca]

/** @throws EditError `image_format_unsupported` */
function checkCoding(marker: number, bits: number): void {
  if (!DECODED.includes(marker))
    unsupported('the JPEG is lossless or hierarchical, which is not supported; send a usual JPEG')
  if (bits !== 8)
    unsupported(`the JPEG has ${bits} bits per sample, which is not supported; send one of 8 bits`)
}
