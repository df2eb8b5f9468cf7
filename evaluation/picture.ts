/** Decoded pictures, and their files. */

import sharp from 'sharp'
import type { Size } from '../shared/drag.ts'

/** RGBA, eight bits, rows from the top, as displayed; opaque. */
export type Picture = Size & { readonly data: Uint8ClampedArray<ArrayBuffer> }

/** @throws Error of sharp for bytes that are no picture */
export async function decodePicture(bytes: Uint8Array): Promise<Picture> {
  const { data, info } = await sharp(bytes)
    .rotate()
    .flatten({ background: 'black' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) }
}

/** A PNG without alpha. */
export function encodePicture({ width, height, data }: Picture): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .png()
    .toBuffer()
}
