/**
 * Makes one picture of a hole that was filled from many places: where two of them meet, and at the
 * hole's border, light differs and a step shows. The steps from pixel to pixel are taken from the
 * sources instead, and colours follow them (as the voting for gradients of Darabi et al., Image Melding,
 * SIGGRAPH 2012; Pérez et al., SIGGRAPH 2003).
 */

import { cropped } from '../box.ts'
import { Membrane } from './membrane.ts'
import type { Matches } from './patch-match.ts'
import { forEach, STRIDE, type Votes } from './vote.ts'

/** A step that is wrong by more is another thing, not other light: from here on it counts less, and not at all. */
const LIGHT = 60
const THING = 160
/** How strongly colours stay what they are: light spreads over so many pixels. */
const SPREAD = 100

/** Corrects the hole's colours in place. @param votes that filled it */
export function blend({ level, source }: Matches, { window }: Votes): void {
  const { data, width } = level
  const hole = cropped(level.hole, level, window, 1)
  const hidden = level.hidden && cropped(level.hidden, level, window, 1)
  // What is opaque around a hole is so in it.
  let channels = 3
  forEach(window, width, (at) => {
    if (data[4 * at + 3] !== 255) channels = 4
  })
  const sums = Array.from({ length: channels }, () => new Float32Array(hole.length))
  const error = new Float32Array(4)
  const meet = (at: number, index: number, step: number, next: number) => {
    if ((hole[index]! | hole[next]!) === 0) return
    if (hidden !== null && (hidden[index]! | hidden[next]!) === 1) return
    const [one, other] = [source[at]!, source[at + step]!]
    if (one < 0 && other < 0) return
    let most = 0
    for (let i = 0; i < channels; i++) {
      const first = one < 0 ? 0 : data[4 * (one + step) + i]! - data[4 * one + i]!
      const second = other < 0 ? 0 : data[4 * other + i]! - data[4 * (other - step) + i]!
      const wanted = one < 0 ? second : other < 0 ? first : (first + second) / 2
      error[i] = wanted - (data[4 * (at + step) + i]! - data[4 * at + i]!)
      most = Math.max(most, Math.abs(error[i]!))
    }
    if (most >= THING) return
    const share = most <= LIGHT ? 1 : (THING - most) / (THING - LIGHT)
    for (let i = 0; i < channels; i++) {
      sums[i]![next]! += share * error[i]!
      sums[i]![index]! -= share * error[i]!
    }
  }
  forEach(window, width, (at, voted) => {
    const index = voted / STRIDE
    if ((index + 1) % window.width !== 0) meet(at, index, 1, index + 1)
    if (index + window.width < hole.length) meet(at, index, width, index + window.width)
  })
  const membrane = new Membrane(window, hole, hidden, 1 / SPREAD ** 2)
  for (const [i, sum] of sums.entries()) {
    if (sum.every((value) => value === 0)) continue
    const corrections = membrane.solve(sum)
    forEach(window, width, (at, voted) => {
      const index = voted / STRIDE
      if (hole[index] === 1) data[4 * at + i] = data[4 * at + i]! + corrections[index]!
    })
  }
}
