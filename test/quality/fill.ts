/**
 * Fills with known truth: holes shaped like things, on places of photographs that have nothing in
 * them, so that what was there is what should come back.
 */

import type { Picture } from '../../evaluation/picture.ts'
import { compare, type Measures } from '../../evaluation/truth/measures.ts'
import type { HoleFiller } from '../../gpu-worker/inpainting/inpainter.ts'
import { fillHole } from '../../shared/instant/fill/fill.ts'
import { pushPull } from '../../shared/instant/push-pull.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'

export type FillMethod = (photo: Pixels, hole: Uint8Array) => void | Promise<void>

/** @param network null without one */
export function fillMethods(network: HoleFiller | null): Record<string, FillMethod> {
  const fill = (photo: Pixels, hole: Uint8Array, guess: Uint8Array | null) =>
    fillHole(photo, hole, new Uint8Array(hole.length), 1, hole, guess)
  const methods = {
    smooth: smoothFill,
    'by lines': (photo: Pixels, hole: Uint8Array) => fill(photo, hole, null),
  }
  if (network === null) return methods
  return {
    ...methods,
    'by network': async (photo, hole) => fill(photo, hole, await guessOf(network, photo, hole)),
    'network alone': async (photo, hole) => {
      const guess = await guessOf(network, photo, hole)
      hole.forEach((flag, at) => {
        if (flag === 1) photo.data.set(guess.subarray(3 * at, 3 * at + 3), 4 * at)
      })
    },
  }
}

/** RGB of the photo with what a network paints in the hole. */
async function guessOf(network: HoleFiller, photo: Pixels, hole: Uint8Array): Promise<Uint8Array> {
  const { width, height, data } = photo
  const rgb = new Uint8Array(3 * width * height)
  for (let at = 0; at < hole.length; at++) rgb.set(data.subarray(4 * at, 4 * at + 3), 3 * at)
  await network.fill({ width, height, rgb, hole })
  return rgb
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
export async function measureFill(
  photo: Picture,
  hole: Uint8Array,
  fill: FillMethod,
): Promise<{ measures: Measures; seconds: number; picture: Picture }> {
  const picture = { ...photo, data: photo.data.slice() }
  // The hole's own colours must not help.
  hole.forEach((flag, at) => {
    if (flag === 1) picture.data.set([255, 0, 255, 255], 4 * at)
  })
  const start = performance.now()
  await fill(picture, hole)
  const seconds = (performance.now() - start) / 1000
  return { measures: compare(picture, photo, flagged(hole)), seconds, picture }
}

/** Flat indices of what is 1. */
export function flagged(flags: Uint8Array): Uint32Array {
  return Uint32Array.from(flags.keys()).filter((at) => flags[at] === 1)
}
