/** Memory for the pixels of a mask: a file of a few KB may have millions of them. */

import type { Size } from '../../shared/drag.ts'
import { type Affects, readAffects } from '../../shared/edit/area/affects.ts'
import { AUTOMATIC_SIDE, MAX_MASK_PIXELS } from '../../shared/mask.ts'
import type { MemoryBudget } from './budget.ts'

/** The mask, without its holes, what pins hold of it, and what is packed from it. */
const BYTES_PER_PIXEL = 4
/** The most that an automatic mask has. */
const AUTOMATIC_PIXELS = AUTOMATIC_SIDE ** 2
/** Where the header of a PNG has its width and height. */
const [WIDTH_AT, HEIGHT_AT, HEADER_BYTES] = [16, 20, 24]

/**
 * Does something with a mask's pixels, once there is memory for them.
 *
 * @param png the mask's file, or null for the automatic mask
 */
export async function withMaskMemory<T>(
  budget: MemoryBudget,
  owner: string,
  png: Uint8Array | null,
  use: () => Promise<T>,
): Promise<T> {
  const share = await budget.take(owner, BYTES_PER_PIXEL * pixelsOf(png))
  try {
    return await use()
  } finally {
    share.release()
  }
}

/** Reads the second mask of a request, within the same budget, but not together with the first. */
export async function heldAffects(
  budget: MemoryBudget,
  owner: string,
  image: Size,
  png: Uint8Array | null,
): Promise<Affects | null> {
  return png && withMaskMemory(budget, owner, png, () => readAffects(image, png))
}

/** Masks with more pixels are rejected before they are inflated. */
function pixelsOf(png: Uint8Array | null): number {
  if (png === null) return AUTOMATIC_PIXELS
  if (png.length < HEADER_BYTES) return 0
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  return Math.min(MAX_MASK_PIXELS, view.getUint32(WIDTH_AT) * view.getUint32(HEIGHT_AT))
}
