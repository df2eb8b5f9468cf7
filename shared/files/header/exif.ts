/**
 * The orientation of an EXIF block, read as libexif reads it, which sharp uses: values of another
 * type than SHORT count too.
 */

import { text } from './raw-header.ts'

const ORIENTATION = 0x0112

/** Bytes of a value, and how to read one, by the types of TIFF that are numbers. */
const TYPES: Record<number, { size: number; read: (view: DataView, little: boolean) => number }> = {
  1: { size: 1, read: (view) => view.getUint8(0) }, // BYTE
  3: { size: 2, read: (view, little) => view.getUint16(0, little) }, // SHORT
  4: { size: 4, read: (view, little) => view.getUint32(0, little) & 0xffff }, // LONG
  5: { size: 8, read: ratio }, // RATIONAL
  6: { size: 1, read: (view) => view.getUint8(0) }, // SBYTE
  8: { size: 2, read: (view, little) => view.getUint16(0, little) }, // SSHORT
  9: { size: 4, read: (view, little) => view.getUint32(0, little) & 0xffff }, // SLONG
  10: { size: 8, read: ratio }, // SRATIONAL
}

function ratio(view: DataView, little: boolean): number {
  return Math.trunc(view.getUint32(0, little) / view.getUint32(4, little))
}

/** Orientation (tag 0x0112 of IFD0) of a TIFF, or 1 if there is no valid one. */
export function exifOrientation(tiff: Uint8Array): number {
  if (tiff.length < 8) return 1
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const little = text(tiff, 0, 2) === 'II'
  if (!little && text(tiff, 0, 2) !== 'MM') return 1
  if (view.getUint16(2, little) !== 42) return 1
  const ifd = view.getUint32(4, little)
  if (ifd + 2 > tiff.length) return 1
  const count = view.getUint16(ifd, little)
  for (let i = 0; i < count; i++) {
    const entry = ifd + 2 + 12 * i
    if (entry + 12 > tiff.length) return 1
    if (view.getUint16(entry, little) !== ORIENTATION) continue
    const value = firstValue(view, entry, little)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}

/** The first value of an IFD entry, or 0 if it has none. Up to four bytes are in the entry itself. */
function firstValue(view: DataView, entry: number, little: boolean): number {
  const type = TYPES[view.getUint16(entry + 2, little)]
  const count = view.getUint32(entry + 4, little)
  if (type === undefined || count === 0) return 0
  const length = count * type.size
  const at = length <= 4 ? entry + 8 : view.getUint32(entry + 8, little)
  if (at + length > view.byteLength) return 0
  return type.read(new DataView(view.buffer, view.byteOffset + at, type.size), little)
}
