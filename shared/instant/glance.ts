/** What an edit looks like before its holes are filled: a small picture, for those who wait. */

import type { Size } from '../drag.ts'
import type { Landed } from './motion/land.ts'
import { spread } from './push-pull.ts'

/** RGB, interleaved. */
export type Glance = Size & { readonly rgb: Uint8Array }

/** Its longer side has at most so many pixels. */
const MOST = 256

/**
 * A small picture of what has moved, over the photo; what is still to be filled has colours of its
 * surroundings, and what is transparent lies on white. Looks at one pixel of each cell only.
 *
 * @param out the photo without what has moved, RGBA
 * @param seen 1 where it is to be filled
 */
export function glanceOf(
  photo: Size,
  { out, seen, landed }: { out: Uint8ClampedArray; seen: Uint8Array; landed: Landed },
): Glance {
  const scale = Math.max(1, photo.width / MOST, photo.height / MOST)
  const size = {
    width: Math.max(1, Math.round(photo.width / scale)),
    height: Math.max(1, Math.round(photo.height / scale)),
  }
  const pixelOf = (at: number) => {
    const x = Math.floor(((at % size.width) + 0.5) * (photo.width / size.width))
    const y = Math.floor((Math.floor(at / size.width) + 0.5) * (photo.height / size.height))
    return { x, y, from: y * photo.width + x }
  }
  const below = spread(
    size,
    4,
    (at, channel) => out[4 * pixelOf(at).from + channel]!,
    (at) => seen[pixelOf(at).from] === 0,
  )
  const rgb = new Uint8Array(3 * size.width * size.height)
  const pixel = [0, 0, 0, 0]
  for (let at = 0; at < size.width * size.height; at++) {
    const { x, y } = pixelOf(at)
    const [col, row] = [x - landed.left, y - landed.top]
    const inside = col >= 0 && row >= 0 && col < landed.width && row < landed.height
    const over = row * landed.width + col
    const covered = inside ? landed.alpha[over]! : 0
    for (let i = 0; i < 4; i++)
      pixel[i] = (1 - covered) * below[5 * at + i]! + (inside ? landed.rgba[4 * over + i]! : 0)
    const opacity = pixel[3]! / 255
    for (let i = 0; i < 3; i++) rgb[3 * at + i] = opacity * pixel[i]! + (1 - opacity) * 255
  }
  return { ...size, rgb }
}
