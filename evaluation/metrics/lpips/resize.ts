/** Planes of colours at another size, as PyTorch's F.interpolate: bilinear, without antialiasing. */

import type { Size } from '../../../shared/drag.ts'

/** Colours from -1 to 1 in planes: [3, height, width]. */
export type Planes = Size & { readonly data: Float32Array }

/**
 * The planes at another size. Corners are not aligned: pixel i is at `(i + 0.5) * from / to - 0.5`, and
 * never before the first.
 */
export function resizedPlanes({ width, height, data }: Planes, to: Size): Planes {
  const columns = placesOf(width, to.width)
  const rows = placesOf(height, to.height)
  const out = new Float32Array(3 * to.width * to.height)
  let at = 0
  for (let channel = 0; channel < 3; channel++)
    for (const row of rows) {
      const [top, bottom] = [row.first, row.second].map((y) => (channel * height + y) * width) as [
        number,
        number,
      ]
      for (const { first, second, weight } of columns) {
        const above = (1 - weight) * data[top + first]! + weight * data[top + second]!
        const below = (1 - weight) * data[bottom + first]! + weight * data[bottom + second]!
        out[at++] = (1 - row.weight) * above + row.weight * below
      }
    }
  return { ...to, data: out }
}

/** The two pixels that each new one is between, and the share of the second. */
function placesOf(from: number, to: number) {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.max(0, ((i + 0.5) * from) / to - 0.5)
    const first = Math.floor(place)
    return { first, second: Math.min(from - 1, first + 1), weight: place - first }
  })
}
