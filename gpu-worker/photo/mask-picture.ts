/** Photos as segmentation takes them, and masks as files. */

import sharp from 'sharp'
import type { Mask } from '../../shared/mask.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'

/** Longest side that things are looked for at. */
const SIDE = 1024

/** The photo as displayed, at most 1024 pixels a side. */
export async function smallPixels(photo: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(photo)
    .rotate()
    .resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: new Uint8Array(data) }
}

/** White on what moves. */
export async function maskPng({ width, height, data }: Mask): Promise<Uint8Array> {
  const grey = data.map((value) => 255 * value)
  const image = sharp(grey, { raw: { width, height, channels: 1 } })
  return image.png({ palette: true, colours: 2, dither: 0 }).toBuffer()
}
