/** Things that the frame cuts, made longer towards it: they are stretched over what they have beyond it. */

import type { CutOut } from '../cut-out.ts'
import { cubicWeights } from './sample.ts'
import type { Side } from './side.ts'

/** What is stretched is this many times as deep as what it is stretched over, and not less than that. */
const DEEPEST = 6
const LEAST = 1.5
/** It ends where the thing is so many times as wide as where the frame cuts it: a hand at the frame stretches no body. */
const WIDEST = 1.6

/**
 * How deep a thing is stretched from the frame inwards, in pixels; 0 if it is not, because that would show.
 *
 * @param inside 1 on the thing
 * @param reach how far it goes on beyond the frame
 * @param held nothing deeper than this is stretched: drags hold it
 */
export function stretchedDepth(
  inside: Uint8Array,
  { first, along, count, inwards, depth }: Side,
  reach: number,
  held: number,
): number {
  const widthAt = (deep: number) => {
    let width = 0
    for (let at = 0; at < count; at++) width += inside[first + deep * inwards + at * along]!
    return width
  }
  const widest = WIDEST * widthAt(0)
  const most = Math.min(DEEPEST * reach, held, depth)
  let deep = 0
  while (deep < most && widthAt(deep) <= widest) deep++
  return deep < LEAST * reach ? 0 : deep
}

/** Stretches what is before a side of the frame over what is beyond it: most at the frame's end, and without a step. */
export function stretchOver(
  { rgba, alpha }: CutOut,
  { first, along, count, inwards }: Side,
  reach: number,
  deep: number,
): void {
  const length = reach + deep
  const bow = reach / deep / 2
  const weights = new Float64Array(4)
  const colours = new Float64Array(4 * deep)
  const opacity = new Float64Array(deep)
  for (let at = 0; at < count; at++) {
    const start = first + at * along
    for (let i = 0; i < deep; i++) {
      const from = start + i * inwards
      opacity[i] = alpha[from]!
      for (let k = 0; k < 4; k++) colours[4 * i + k] = rgba[4 * from + k]!
    }
    for (let i = 0; i < length; i++) {
      const t = (i + 0.5) / length
      // Its slope where the stretched part ends is that of what is not stretched.
      const from = Math.max(0, deep * t * (1 - bow + bow * t * t) - 0.5)
      const [index, share] = [Math.floor(from), from % 1]
      const near = (offset: number) => Math.max(0, Math.min(deep - 1, index + offset))
      const to = start + (i - reach) * inwards
      alpha[to] = (1 - share) * opacity[near(0)]! + share * opacity[near(1)]!
      cubicWeights(share, weights)
      for (let k = 0; k < 4; k++) {
        let sum = 0
        for (let j = 0; j < 4; j++) sum += weights[j]! * colours[4 * near(j - 1) + k]!
        rgba[4 * to + k] = sum
      }
    }
  }
}
