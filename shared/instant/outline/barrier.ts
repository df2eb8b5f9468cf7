/**
 * How hard it is to reach a pixel from elsewhere without crossing an edge (minimum barrier distance;
 * Strand et al., CVIU 2013; in raster scans, as Zhang et al., ICCV 2015). Soft edges count as much as
 * sharp ones.
 */

import type { LabImage } from '../../segmentation/lab.ts'

/** Scans there and back: more change little, also around corners. */
const SCANS = 2

/** What a pixel is to the search. */
export const WALL = 0
export const SEED = 1
export const OPEN = 2

/**
 * By pixel: the least range of colour (the largest of L, a and b) on a way from a seed that crosses no
 * wall; 0 at seeds, infinite where there is no way, and at walls.
 *
 * @param kinds `WALL`, `SEED` or `OPEN`, by pixel
 */
export function barriers({ width, l, a, b }: LabImage, kinds: Uint8Array): Float32Array {
  const planes = [l, a, b] as const
  const least = planes.map((plane) => plane.slice())
  const most = planes.map((plane) => plane.slice())
  const cost = Float32Array.from(kinds, (kind) => (kind === SEED ? 0 : Number.POSITIVE_INFINITY))
  const open: number[] = []
  kinds.forEach((kind, at) => {
    if (kind === OPEN) open.push(at)
  })
  const low = [0, 0, 0]
  const high = [0, 0, 0]
  const step = (at: number, from: number) => {
    if (cost[from]! >= cost[at]!) return
    let range = 0
    for (let k = 0; k < 3; k++) {
      const own = planes[k]![at]!
      low[k] = Math.min(least[k]![from]!, own)
      high[k] = Math.max(most[k]![from]!, own)
      range = Math.max(range, high[k]! - low[k]!)
    }
    if (range >= cost[at]!) return
    cost[at] = range
    for (let k = 0; k < 3; k++) {
      least[k]![at] = low[k]!
      most[k]![at] = high[k]!
    }
  }
  for (let scan = 0; scan < SCANS; scan++) {
    for (const at of open) {
      if (at % width > 0) step(at, at - 1)
      if (at >= width) step(at, at - width)
    }
    for (let i = open.length - 1; i >= 0; i--) {
      const at = open[i]!
      if ((at + 1) % width > 0) step(at, at + 1)
      if (at + width < kinds.length) step(at, at + width)
    }
  }
  return cost
}
