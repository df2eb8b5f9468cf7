/**
 * Fills with known truth: holes shaped like things, on places of photographs that have nothing in
 * them, so that what was there is what should come back.
 */

import { fillHole } from '../../shared/instant/fill/fill.ts'
import { pushPull } from '../../shared/instant/push-pull.ts'
import { Random } from '../../shared/instant/random.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'
import { compare, type Measures } from './measures.ts'
import type { Photo } from './photos.ts'

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

/**
 * A hole of a given part of the photo: a few overlapping discs, like a thing with limbs, inside the
 * photo.
 */
export function holeIn({ width, height }: Photo, part: number, seed: number): Uint8Array {
  const random = new Random(seed)
  const between = (least: number, most: number) =>
    least + ((most - least) * random.below(1000)) / 999
  const radius = Math.sqrt((part * width * height) / Math.PI) * 0.75
  const reach = 2.1 * radius + 8
  const cx = between(Math.min(reach, width / 2), Math.max(width - reach, width / 2))
  const cy = between(Math.min(reach, height / 2), Math.max(height - reach, height / 2))
  const discs = Array.from({ length: 6 }, (_, i) => {
    const angle = between(0, 2 * Math.PI)
    const away = i === 0 ? 0 : between(0.5, 1.2) * radius
    return [
      cx + away * Math.cos(angle),
      cy + away * Math.sin(angle),
      (i === 0 ? 1 : between(0.3, 0.65)) * radius,
    ]
  }) as [number, number, number][]
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const x = at % width
    const y = Math.floor(at / width)
    const inside = x > 3 && y > 3 && x < width - 4 && y < height - 4
    return inside && discs.some(([u, v, r]) => (x - u) ** 2 + (y - v) ** 2 < r * r) ? 1 : 0
  })
}

/** Fills a hole of the photo. @returns the measures over the hole, the seconds, and the picture */
export function measureFill(
  photo: Photo,
  hole: Uint8Array,
  fill: FillMethod,
): { measures: Measures; seconds: number; picture: Photo } {
  const picture = { ...photo, data: photo.data.slice() }
  // The hole's own colours must not help.
  hole.forEach((flag, at) => {
    if (flag === 1) picture.data.set([255, 0, 255, 255], 4 * at)
  })
  const start = performance.now()
  fill(picture, hole)
  const seconds = (performance.now() - start) / 1000
  const on = [...hole.keys()].filter((at) => hole[at] === 1)
  return { measures: compare(picture, photo, on), seconds, picture }
}
