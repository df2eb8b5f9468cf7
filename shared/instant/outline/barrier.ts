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
  const cost = new Float32Array(kinds.length)
  const open = new Int32Array(kinds.length)
  let count = 0
  for (let at = 0; at < kinds.length; at++) {
    cost[at] = kinds[at] === SEED ? 0 : Number.POSITIVE_INFINITY
    if (kinds[at] === OPEN) open[count++] = at
  }
  // The range of each of the three on the best way so far.
  const [lowL, lowA, lowB] = [l.slice(), a.slice(), b.slice()]
  const [highL, highA, highB] = [l.slice(), a.slice(), b.slice()]
  const step = (at: number, from: number) => {
    const best = cost[at]!
    if (cost[from]! >= best) return
    const [fromL, toL] = [Math.min(lowL[from]!, l[at]!), Math.max(highL[from]!, l[at]!)]
    if (toL - fromL >= best) return
    const [fromA, toA] = [Math.min(lowA[from]!, a[at]!), Math.max(highA[from]!, a[at]!)]
    const [fromB, toB] = [Math.min(lowB[from]!, b[at]!), Math.max(highB[from]!, b[at]!)]
    const range = Math.max(toL - fromL, toA - fromA, toB - fromB)
    if (range >= best) return
    cost[at] = range
    lowL[at] = fromL
    lowA[at] = fromA
    lowB[at] = fromB
    highL[at] = toL
    highA[at] = toA
    highB[at] = toB
  }
  for (let scan = 0; scan < SCANS; scan++) {
    for (let i = 0; i < count; i++) {
      const at = open[i]!
      if (at % width > 0) step(at, at - 1)
      if (at >= width) step(at, at - width)
    }
    for (let i = count - 1; i >= 0; i--) {
      const at = open[i]!
      if ((at + 1) % width > 0) step(at, at + 1)
      if (at + width < kinds.length) step(at, at + width)
    }
  }
  return cost
}
