/** What an engine moved, as a PNG beside the results: metrics read it again when they are taken later. */

import sharp from 'sharp'
import type { Mask } from '../../shared/mask.ts'

/** Black and white, of the mask's own size. Which thing a pixel is of is not kept: no metric reads it. */
export function encodeMoved({ width, height, data }: Mask): Promise<Buffer> {
  const grey = data.map((flag) => 255 * flag)
  return sharp(grey, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
}

/** The mask of such a PNG; null if it is damaged. */
export async function decodeMoved(png: Uint8Array): Promise<Mask | null> {
  try {
    const read = sharp(png).extractChannel(0).raw()
    const { data, info } = await read.toBuffer({ resolveWithObject: true })
    const flags = Uint8Array.from(data, (grey) => (grey > 127 ? 1 : 0))
    return { width: info.width, height: info.height, data: flags }
  } catch {
    return null
  }
}
