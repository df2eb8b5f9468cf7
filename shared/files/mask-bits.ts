/** Masks on the wire between edge and worker: small, one bit a pixel. */

import { z } from 'zod'
import type { Mask } from '../mask.ts'

/** Longest side of a mask that is sent along with a run. */
const SIDE = 256

/** Rows from the top, eight pixels a byte, the first in the highest bit, in base64. */
export const MaskBits = z.strictObject({
  width: z.number().int().min(1).max(SIDE),
  height: z.number().int().min(1).max(SIDE),
  bits: z.base64(),
})
export type MaskBits = z.infer<typeof MaskBits>

/** A mask at 256 pixels a side or fewer: enough to say where a thing may lie. */
export function packMask({ width, height, data }: Mask): MaskBits {
  const scale = Math.min(1, SIDE / Math.max(width, height))
  const small = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  }
  const bytes = new Uint8Array(Math.ceil((small.width * small.height) / 8))
  for (let y = 0, at = 0; y < small.height; y++) {
    const row = Math.min(height - 1, Math.floor(((y + 0.5) * height) / small.height))
    for (let x = 0; x < small.width; x++, at++) {
      const col = Math.min(width - 1, Math.floor(((x + 0.5) * width) / small.width))
      if (data[row * width + col] === 1)
        bytes[at >> 3] = (bytes[at >> 3] as number) | (128 >> (at & 7))
    }
  }
  return { ...small, bits: btoa(String.fromCharCode(...bytes)) }
}

/** @throws Error where the bits are not as many as the size says */
export function unpackMask({ width, height, bits }: MaskBits): Mask {
  const text = atob(bits)
  if (text.length !== Math.ceil((width * height) / 8))
    throw new Error(`${text.length} bytes are not a mask of ${width}x${height}`)
  const data = new Uint8Array(width * height)
  for (let at = 0; at < data.length; at++)
    data[at] = (text.charCodeAt(at >> 3) >> (7 - (at & 7))) & 1
  return { width, height, data }
}
