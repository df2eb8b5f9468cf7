/** A mask as a PNG: white on what moves. */

import sharp from 'sharp'
import type { Mask } from '../../shared/mask.ts'

/** A black and white PNG of a mask. */
export async function maskPng({ width, height, data }: Mask): Promise<Uint8Array> {
  const grey = data.map((value) => 255 * value)
  const image = sharp(grey, { raw: { width, height, channels: 1 } })
  return image.png({ palette: true, colours: 2, dither: 0 }).toBuffer()
}
