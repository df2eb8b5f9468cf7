/**
 * The second mask of an edit, `affects`: white on what may change with the thing although no drag moves
 * it, such as its shadow and its reflection.
 */

import type { Size } from '../../drag.ts'
import { EditError } from '../../errors.ts'
import { type PackedMask, packMask } from '../../files/packed-mask.ts'
import { decodePngMask } from '../../files/png.ts'
import { boxOf } from '../../instant/box.ts'
import { checkMask } from '../../mask.ts'
import type { Rectangle } from '../../segmentation/lab.ts'

/** What is kept of the mask, once its pixels are not needed any more. */
export type Affects = {
  /** Of the whole photo's aspect ratio. */
  readonly packed: PackedMask
  /** The smallest box around its white, in pixels of the photo. */
  readonly box: Rectangle
  /** Its white part, to four digits. */
  readonly share: number
}

/**
 * Reads the mask.
 *
 * @param image size as displayed, in pixels
 * @throws EditError as for `mask`, with the pointer `/affects`
 */
export async function readAffects(image: Size, png: Uint8Array): Promise<Affects> {
  try {
    const mask = await decodePngMask(png)
    checkMask(mask, image)
    const white = mask.data.reduce((sum, value) => sum + value, 0)
    const { left, top, width, height } = boxOf(mask.data, mask) as Rectangle
    const [scaleX, scaleY] = [image.width / mask.width, image.height / mask.height]
    return {
      packed: await packMask(mask),
      box: {
        left: left * scaleX,
        top: top * scaleY,
        width: width * scaleX,
        height: height * scaleY,
      },
      share: Math.round((1e4 * white) / mask.data.length) / 1e4,
    }
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    throw new EditError(error.code, `affects: ${error.message}`, { pointer: '/affects' })
  }
}
