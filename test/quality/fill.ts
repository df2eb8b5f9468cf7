/**
 * Fills with known truth: holes shaped like things, on places of photographs that have nothing in
 * them, so that what was there is what should come back.
 */

import type { Picture } from '../../evaluation/picture.ts'
import { compare, type Measures } from '../../evaluation/truth/measures.ts'
import { fillHole } from '../../shared/instant/fill/fill.ts'
import { pushPull } from '../../shared/instant/push-pull.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'

export type FillMethod = (photo: Pixels, hole: Uint8Array) => void

export const fillMethods: Record<string, FillMethod> = {
  smooth: smoothFill,
  instant: (photo, hole) => fillHole(photo, hole, new Uint8Array(hole.length), 1),
}

/** What came before: colours spread smoothly from the surroundings. */
function smoothFill({ width, height, data }: Pixels, hole: Uint8Array): void {
  const level = { width, height, channels: 4, data: new Float32Array(5 * width * height) }
  hole.forEach((flag, at) => {
    if (flag === 0) level.data.set([...data.subarray(4 * at, 4 * at + 4), 1], 5 * at)
  })
  pushPull(level)
  hole.forEach((flag, at) => {
    if (flag === 1) data.set(level.data.subarray(5 * at, 5 * at + 4), 4 * at)
  })
}

/** Fills a hole of the photo. @returns the measures over the hole, the seconds, and the picture */
export function measureFill(
  photo: Picture,
  hole: Uint8Array,
  fill: FillMethod,
): { measures: Measures; seconds: number; picture: Picture } {
  const picture = { ...photo, data: photo.data.slice() }
  // The hole's own colours must not help.
  hole.forEach((flag, at) => {
    if (flag === 1) picture.data.set([255, 0, 255, 255], 4 * at)
  })
  const start = performance.now()
  fill(picture, hole)
  const seconds = (performance.now() - start) / 1000
  return { measures: compare(picture, photo, flagged(hole)), seconds, picture }
}

/** Flat indices of what is 1. */
export function flagged(flags: Uint8Array): Uint32Array {
  return Uint32Array.from(flags.keys()).filter((at) => flags[at] === 1)
}
