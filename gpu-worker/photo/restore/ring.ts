/**
 * Colours at the border of the edit region: an autoencoder changes colours a little, which would show
 * as a seam where its picture meets the photo. What it did to the ring of tokens outside the region is
 * known, and is undone inside.
 */

import type { Size } from '../../../shared/drag.ts'
import { pushPull, type WeightedLevel } from '../../../shared/instant/push-pull.ts'
import { forEachNeighbour, type TokenGrid } from '../../../shared/token-grid.ts'
import { bilinear, forEachPixel } from './working-grid.ts'

/**
 * The decoded picture with its colours matched inside the region. Each token of the ring has the mean
 * difference between photo and picture; a smooth surface through them is added inside.
 *
 * @param decoded, reference [3, height, width], what was decoded and the photo at the working size
 * @param region tokens that change; without a token beside them the picture stays as it is
 */
export function matchedToRing(
  decoded: Float32Array,
  reference: Float32Array,
  working: Size,
  grid: TokenGrid,
  region: readonly number[],
): Float32Array {
  const inside = new Set(region)
  const ring = new Set<number>()
  for (const token of region)
    forEachNeighbour(token, grid, (beside) => {
      if (!inside.has(beside)) ring.add(beside)
    })
  if (ring.size === 0) return decoded
  const level: WeightedLevel = {
    width: grid.cols,
    height: grid.rows,
    channels: 3,
    data: new Float32Array(4 * grid.rows * grid.cols),
  }
  const pitch = working.width / grid.cols
  const plane = working.width * working.height
  for (const token of ring) {
    forEachPixel(token, grid, working, (at) => {
      for (let k = 0; k < 3; k++) {
        const difference = reference[k * plane + at]! - decoded[k * plane + at]!
        level.data[4 * token + k] = level.data[4 * token + k]! + difference / pitch ** 2
      }
    })
    level.data[4 * token + 3] = 1
  }
  pushPull(level)
  const shifts = [0, 1, 2].map((offset) => ({ ...level, stride: 4, offset }))
  const matched = decoded.slice()
  for (const token of region)
    forEachPixel(token, grid, working, (at, x, y) => {
      shifts.forEach((values, k) => {
        const shift = bilinear(values, (x + 0.5) / pitch - 0.5, (y + 0.5) / pitch - 0.5)
        matched[k * plane + at] = matched[k * plane + at]! + shift
      })
    })
  return matched
}
