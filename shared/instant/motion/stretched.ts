/** Things that the frame cuts, made longer towards it: they are stretched over what they have beyond it. */

import type { CutOut } from '../cut-out.ts'
import { cubicWeights } from './sample.ts'
import type { Side } from './side.ts'

/** What is stretched is at most, and at least, so many times as deep as what it is stretched over. */
const DEEPEST = 6
const LEAST = 1.5
/** It ends where the thing is so many times as wide as where the frame cuts it: a hand at the frame stretches no body. */
const WIDEST = 1.6
/** So much of the width at a depth may be what the frame does not cut; both limits count that, too. */
const LOOSE = 0.2

/**
 * How deep a thing is stretched from the frame inwards, in pixels; 0 if it is not, because that would show.
 *
 * @param inside 1 on the thing
 * @param reach how far it goes on beyond the frame
 * @param held nothing deeper than this is stretched: drags hold it
 */
export function stretchedDepth(
  inside: Uint8Array,
  side: Side,
  reach: number,
  held: number,
): number {
  const { first, along, count, inwards, depth } = side
  const most = Math.min(DEEPEST * reach, held, depth)
  let widest = 0
  let above: Uint8Array | null = null
  let deep = 0
  for (; deep < most; deep++) {
    const row = Uint8Array.from(
      { length: count },
      (_, at) => inside[first + deep * inwards + at * along]!,
    )
    const width = sum(row)
    const cut: Uint8Array = above === null ? row : goingOn(row, above)
    if (above === null) widest = WIDEST * width
    // What the frame does not cut is not stretched, but for a lock of hair beside what it cuts.
    else if (width > widest || width - sum(cut) > LOOSE * width) break
    above = cut
  }
  return deep < LEAST * reach ? 0 : deep
}

const sum = (row: Uint8Array) => row.reduce((count, flag) => count + flag, 0)

/** The pieces of a row that touch what the row above has of what the frame cuts. */
function goingOn(row: Uint8Array, above: Uint8Array): Uint8Array {
  const pieces = new Uint8Array(row.length)
  for (let at = 0; at < row.length; at++) {
    if (row[at] === 0) continue
    const begin = at
    let touches = false
    for (; row[at] === 1; at++) touches ||= above[at] === 1
    if (touches) pieces.fill(1, begin, at)
  }
  return pieces
}

/** Stretches what is before a side of the frame over what is beyond it: most at the frame's end, and without a step. */
export function stretchOver(cut: CutOut, side: Side, reach: number, deep: number): void {
  const { rgba, alpha, border } = cut
  const { first, along, count, inwards } = side
  const places = placesOf(reach, deep)
  const colours = new Float64Array(4 * deep)
  const opacity = new Float64Array(deep)
  const borders = new Float64Array(deep)
  for (let at = 0; at < count; at++) {
    const start = first + at * along
    let isSeen = false
    for (let i = 0; i < deep; i++) {
      const from = start + i * inwards
      opacity[i] = alpha[from]!
      borders[i] = border[from]!
      isSeen ||= alpha[from]! > 0
      for (let k = 0; k < 4; k++) colours[4 * i + k] = rgba[4 * from + k]!
    }
    if (!isSeen) continue
    places.forEach(({ near, weights, share }, i) => {
      const to = start + (i - reach) * inwards
      alpha[to] = (1 - share) * opacity[near[1]!]! + share * opacity[near[2]!]!
      border[to] = (1 - share) * borders[near[1]!]! + share * borders[near[2]!]!
      for (let k = 0; k < 4; k++) {
        let sum = 0
        for (let j = 0; j < 4; j++) sum += weights[j]! * colours[4 * near[j]! + k]!
        rgba[4 * to + k] = sum
      }
    })
  }
}

/** Where the pixels of a stretched line are from: four neighbours, their weights, and the part of the way between the middle two. */
function placesOf(reach: number, deep: number) {
  const length = reach + deep
  const bow = reach / deep / 2
  return Array.from({ length }, (_, i) => {
    const t = (i + 0.5) / length
    // Its slope where the stretched part ends is that of what is not stretched.
    const from = Math.max(0, deep * t * (1 - bow + bow * t * t) - 0.5)
    const [index, share] = [Math.floor(from), from % 1]
    const weights = new Float64Array(4)
    cubicWeights(share, weights)
    const near = [-1, 0, 1, 2].map((offset) => Math.max(0, Math.min(deep - 1, index + offset)))
    return { near, weights, share }
  })
}
