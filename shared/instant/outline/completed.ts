/** Masks that were found, completed by what they have left of their things. */

import { dilated } from '../../geometry/dilated.ts'
import type { Mask } from '../../mask.ts'
import type { Pixels } from '../../segmentation/lab.ts'
import { boxOf, pasted } from '../box.ts'
import { scaleOf } from '../scale.ts'
import { leaving, withRemains } from './leaving.ts'
import { settledOutline } from './outline.ts'

/** So far around remains the thing is what its settled outline has, in pixels of a photo of a million. */
const AROUND = 12

/**
 * A mask with the remains that belong to its thing: an edit moves what an object mask marks, and nothing
 * else.
 *
 * @param mask of the photo's size
 * @param isOther whether a pixel cannot belong to the thing
 * @returns null if the mask has left nothing
 */
export function completed(
  photo: Pixels,
  mask: Mask,
  isOther: (x: number, y: number) => boolean,
): Mask | null {
  const { width, height, data } = mask
  const box = boxOf(data, mask)
  if (box === null) return null
  const exact = leaving(photo, data, settledOutline(photo, data, box, isOther))
  // How far it will move is not known yet: it may leave all of its place.
  const way = () => Number.POSITIVE_INFINITY
  const { outline } = withRemains(photo, exact, { stays: isOther, way })
  if (outline === exact.outline) return null
  const before = new Uint8Array(data.length)
  const after = new Uint8Array(data.length)
  pasted(exact.gone.inside, before, photo, exact.gone, 1)
  pasted(outline.inside, after, photo, outline, 1)
  const remains = after.map((flag, at) => flag & (1 - before[at]!))
  const near = dilated(remains, photo, Math.round(AROUND * scaleOf(photo)))
  return { width, height, data: data.map((flag, at) => flag | (after[at]! & near[at]!)) }
}
