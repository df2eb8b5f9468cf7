/**
 * Where a mask ends at an edge of the photo, and where in the middle of one material: there it is open, a
 * part of something. Pure functions; picture and mask are of one size.
 */

import type { Mask } from '../../mask.ts'
import type { LabImage } from '../lab.ts'

/** Colours on both sides are compared within so far of the border, of the longer side. */
const NEAR = 1 / 90
/** What is this close to the frame is no border, of the longer side: SAM's masks end a few pixels before it. */
const AT_FRAME = 1 / 100
/** Sides are alike if their mean colours are no further apart than this in Lab, or so many deviations. */
const ALIKE = 5
const DEVIATIONS = 0.4
/** Of a longer border, every so many pixels are looked at. */
const MOST_LOOKED_AT = 1500

/** The part of a mask's border at which the same material lies on both sides; 1 if it has no border. */
export function openShare(image: LabImage, mask: Mask): number {
  const { width, height, data } = mask
  const longer = Math.max(width, height)
  const frame = Math.max(1, Math.round(AT_FRAME * longer))
  const near = Math.max(3, Math.round(NEAR * longer))
  const border: number[] = []
  for (let y = frame; y < height - frame; y++)
    for (let x = frame; x < width - frame; x++) {
      const at = y * width + x
      if (data[at] === 0) continue
      if (data[at - 1]! & data[at + 1]! & data[at - width]! & data[at + width]!) continue
      border.push(at)
    }
  const step = Math.ceil(border.length / MOST_LOOKED_AT)
  const looked = border.filter((_, i) => i % step === 0)
  const open = looked.filter((at) => isAlike(image, data, at, near))
  return border.length === 0 ? 1 : open.length / looked.length
}

/** Whether a mask's inside and outside are alike around a pixel of its border. */
function isAlike(
  { width, height, l, a, b }: LabImage,
  data: Uint8Array,
  middle: number,
  near: number,
): boolean {
  const x = middle % width
  const y = (middle - x) / width
  const inside = new Float64Array(5)
  const outside = new Float64Array(5)
  for (let row = Math.max(0, y - near); row <= Math.min(height - 1, y + near); row++)
    for (let col = Math.max(0, x - near); col <= Math.min(width - 1, x + near); col++) {
      const at = row * width + col
      const side = data[at] === 1 ? inside : outside
      side[0]! += l[at]!
      side[1]! += a[at]!
      side[2]! += b[at]!
      side[3]! += l[at]! ** 2 + a[at]! ** 2 + b[at]! ** 2
      side[4]!++
    }
  const [one, other] = [sideOf(inside), sideOf(outside)]
  const apart = (one.l - other.l) ** 2 + (one.a - other.a) ** 2 + (one.b - other.b) ** 2
  return apart < ALIKE ** 2 + (DEVIATIONS ** 2 * (one.variance + other.variance)) / 2
}

function sideOf([sumL = 0, sumA = 0, sumB = 0, squares = 0, count = 0]: Float64Array) {
  const [l, a, b] = [sumL / count, sumA / count, sumB / count]
  return { l, a, b, variance: squares / count - l * l - a * a - b * b }
}
