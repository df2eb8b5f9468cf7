/** Looks for something beside a thing in a small picture of its surroundings. */

import { maskAt } from '../../mask.ts'
import { type LabImage, labImage, type Pixels, type Rectangle } from '../../segmentation/lab.ts'
import { cropped, grown } from '../box.ts'

/** The surroundings of a thing. */
export type Small = {
  readonly image: LabImage
  /** 1 for the thing. */
  readonly thing: Uint8Array
  /** 1 for the thing and for what stays. */
  readonly blocked: Uint8Array
}

/** Flags of the pixels in a rectangle of the photo. */
export type Flagged = Rectangle & { readonly flags: Uint8Array }

/** A thing in a photo. */
export type Inside = {
  /** 1 for the thing's pixels and what goes away with it, in the whole photo. */
  readonly inside: Uint8Array
  /** The rectangle around them. */
  readonly box: Rectangle
  /** Whether a pixel belongs to something else. */
  readonly stays: (x: number, y: number) => boolean
}

/**
 * What is found, at the photo's size.
 *
 * @param by how far around the thing is looked, in pixels of the photo
 * @param shrunk pixels of the photo per pixel of the small picture
 */
export function inSmall(
  photo: Pixels,
  { inside, box, stays }: Inside,
  by: number,
  shrunk: number,
  find: (small: Small) => Uint8Array,
): Flagged {
  const room = grown(box, Math.round(by), photo)
  const image = labImage(photo, room, Math.round(Math.max(room.width, room.height) / shrunk))
  const { width, height } = room
  const thing = maskAt({ width, height, data: cropped(inside, photo, room, 1) }, image).data
  const blocked = thing.map((flag, at) => {
    if (flag === 1) return 1
    const [col, row] = [at % image.width, Math.floor(at / image.width)]
    const x = room.left + Math.floor(((col + 0.5) * width) / image.width)
    return stays(x, room.top + Math.floor(((row + 0.5) * height) / image.height)) ? 1 : 0
  })
  const data = find({ image, thing, blocked })
  return { ...room, flags: maskAt({ width: image.width, height: image.height, data }, room).data }
}
