/** Draws a mask over the photo: a tint on the thing and a line around it. */

import type { Mask } from '../../../shared/mask.ts'

/** Draws into a canvas of the same size as the mask. */
export function drawMask(canvas: HTMLCanvasElement, mask: Mask | null): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  context.clearRect(0, 0, canvas.width, canvas.height)
  if (mask === null) return
  const { width, height, data } = mask
  const image = new ImageData(width, height)
  const words = new Uint32Array(image.data.buffer)
  // ABGR: a quarter of blue over the thing, white and dark lines along its edge.
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const own = data[at]
      const edge =
        (x > 0 && data[at - 1] !== own) ||
        (y > 0 && data[at - width] !== own) ||
        (x > 1 && data[at - 2] !== own) ||
        (y > 1 && data[at - 2 * width] !== own)
      if (edge) words[at] = own === 1 ? 0xffffffff : 0xc0202020
      else if (own === 1) words[at] = 0x38ff7a20
    }
  context.putImageData(image, 0, 0)
}
