/** Masks that were found, completed by what they have left of their things. */

import { dilated } from '../../geometry/dilated.ts'
import type { Mask } from '../../mask.ts'
import { type LabImage, labImage, type Pixels } from '../../segmentation/lab.ts'
import { openShare } from '../../segmentation/things/border.ts'
import { boxOf, pasted } from '../box.ts'
import { scaleOf } from '../scale.ts'
import { forEachPart } from './islands.ts'
import { leaving, withRemains } from './leaving.ts'
import { settledOutline } from './outline.ts'

/** A hole belongs to its thing if this part of its border lies in the middle of one material. */
const OPEN_HOLE = 1 / 2
/** So far around remains the thing is what its settled outline has, in pixels of a photo of a million. */
const AROUND = 12

/**
 * A mask with the remains and the holes that belong to its thing: an edit moves what an object mask marks,
 * and nothing else. A hole through which the ground is seen stays one.
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
  const whole = withoutHoles(photo, mask, isOther)
  return withRemainsOf(photo, whole ?? mask, isOther) ?? whole
}

function withoutHoles(
  photo: Pixels,
  { width, height, data }: Mask,
  isOther: (x: number, y: number) => boolean,
): Mask | null {
  const out = data.slice()
  let image: LabImage | null = null
  forEachPart(data, 0, photo, (part, atFrame) => {
    if (atFrame || part.some((at) => isOther(at % width, Math.floor(at / width)))) return
    const hole = new Uint8Array(data.length)
    for (const at of part) hole[at] = 1
    image ??= labImage(photo, { left: 0, top: 0, width, height }, Math.max(width, height))
    if (openShare(image, { width, height, data: hole }) < OPEN_HOLE) return
    for (const at of part) out[at] = 1
  })
  return out.every((flag, at) => flag === data[at]) ? null : { width, height, data: out }
}

function withRemainsOf(
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
