/**
 * Source to target and source to source (DragFlow's regions, with cosines of features instead of
 * LPIPS): does what lands look like the thing, and is the thing's old place still like the thing?
 */

import type { Size } from '../../../shared/drag.ts'
import type { Landing } from '../regions/landing.ts'
import type { Pair } from './matching.ts'

/** Every such pixel of rows and columns is looked at; features change slower. */
const STEP = 4

/** Mean cosine of where the thing landed with where it came from. Undefined if nothing landed. */
export function sourceToTarget(pair: Pair, { from }: Landing): number | undefined {
  return meanCosine(pair, (at) => from[at]!)
}

/** Mean cosine of the thing's place before and after. Undefined if the photo has no thing. */
export function sourceToSource(pair: Pair, { source }: Landing): number | undefined {
  return meanCosine(pair, (at) => (source[at] === 1 ? at : -1))
}

/** @param originOf the pixel of the photo to compare with a pixel of the result, or -1 */
function meanCosine({ photo, result }: Pair, originOf: (at: number) => number): number | undefined {
  const { width, height } = photo.size
  let [count, sum] = [0, 0]
  for (let y = STEP >> 1; y < height; y += STEP)
    for (let x = STEP >> 1; x < width; x += STEP) {
      const origin = originOf(y * width + x)
      if (origin === -1) continue
      count++
      sum += photo.cosine(pixelOf(origin, photo.size), result, { col: x, row: y })
    }
  return count === 0 ? undefined : sum / count
}

function pixelOf(at: number, { width }: Size) {
  return { col: at % width, row: Math.floor(at / width) }
}
