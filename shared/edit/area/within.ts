/** Drags and masks of a photo as those of a crop of it. */

import type { Drag, Size } from '../../drag.ts'
import type { Mask } from '../../mask.ts'
import type { Rectangle } from '../../segmentation/lab.ts'

/** Drags in pixels of a crop. */
export function dragsWithin(drags: readonly Drag[], { left, top }: Rectangle): readonly Drag[] {
  const moved = ({ x, y }: Drag['handle']) => ({ x: x - left, y: y - top })
  return drags.map(({ handle, target }) => ({ handle: moved(handle), target: moved(target) }))
}

/** The part of a mask in a crop, at the mask's own scale. */
export function maskWithin(mask: Mask, image: Size, area: Rectangle): Mask {
  const width = Math.max(1, Math.round((area.width * mask.width) / image.width))
  const height = Math.max(1, Math.round((area.height * mask.height) / image.height))
  const sampled = (from: Uint8Array) => {
    const to = new Uint8Array(width * height)
    for (let y = 0; y < height; y++) {
      const fromY = ((area.top + ((y + 0.5) * area.height) / height) * mask.height) / image.height
      for (let x = 0; x < width; x++) {
        const fromX = ((area.left + ((x + 0.5) * area.width) / width) * mask.width) / image.width
        const at = Math.floor(fromY) * mask.width + Math.floor(fromX)
        to[y * width + x] = from[at] as number
      }
    }
    return to
  }
  return {
    width,
    height,
    data: sampled(mask.data),
    ...(mask.things !== undefined && { things: sampled(mask.things) }),
  }
}
