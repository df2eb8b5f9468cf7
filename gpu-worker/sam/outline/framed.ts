/** Masks that end a little before the photo's frame, although their thing goes on: SAM's often do. */

import { BEFORE_FRAME } from '../../../shared/instant/outline/before-frame.ts'
import type { Mask } from '../../../shared/mask.ts'

/** The mask, on to the frame wherever it is white that close to it. */
export function framed({ width, height, data }: Mask): Mask {
  const by = Math.min(Math.round(BEFORE_FRAME * Math.max(width, height)), width - 1, height - 1)
  const out = data.slice()
  const sides = [
    { first: 0, along: width, count: height, inwards: 1 },
    { first: width - 1, along: width, count: height, inwards: -1 },
    { first: 0, along: 1, count: width, inwards: width },
    { first: (height - 1) * width, along: 1, count: width, inwards: -width },
  ]
  for (const { first, along, count, inwards } of sides)
    for (let i = 0; i < count; i++) {
      const edge = first + i * along
      let depth = 0
      while (depth <= by && out[edge + depth * inwards] !== 1) depth++
      if (depth > by) continue
      for (let j = 0; j < depth; j++) out[edge + j * inwards] = 1
    }
  return { width, height, data: out }
}
