/**
 * What a thing has beyond the photo's frame, where the frame cuts it: nobody has seen it, and without it a
 * thing that moves inwards or turns would end in a straight cut. What lies before the frame is stretched over
 * it; where that would show, it is the mirror image of what is seen.
 */

import type { Drag, Size } from '../../drag.ts'
import type { PixelField } from '../../geometry/fields/pixel-field.ts'
import type { Rectangle } from '../../segmentation/lab.ts'
import type { Outline } from '../box.ts'
import type { CutOut } from '../cut-out.ts'
import { displacementAt } from './displace.ts'
import type { Side } from './side.ts'
import { stretchedDepth, stretchOver } from './stretched.ts'

type Sides = {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/**
 * How far a thing goes on beyond each side of the frame, and from how deep it is stretched over that, in
 * pixels; 0 where its mirror image goes on.
 */
export type Beyond = Sides & { readonly stretched: Sides }

/** How far a thing goes on beyond one side, and whether all of it moves about as far away. */
type Along = { readonly reach: number; readonly isEven: boolean }
const NONE: Along = { reach: 0, isEven: true }

/** The way is looked at every so many pixels along the frame. */
const STEP = 8
/** A thing goes on for this many times as far as its edge moves inwards: a turn takes it on a curve. */
const ROOM = 1.25
/** The least part of the longest way that all of a side goes, where it is stretched. */
const EVEN = 0.8
/** A border's direction is that of its first pixels from the frame on, and at most so steep. */
const NEAR_FRAME = 16
const STEEPEST = 1.5
/** With each pixel inwards a piece's mirror image is at most so many pixels wider on each side. */
const WIDER = 3
/** Borders that come nearer to each other bend further towards each other, as those of round things do. */
const BEND = 0.6
/** A border is as rough as its mirror image: what leaves the mean of so many pixels to either side, up to so many pixels. */
const ROUGH = 6
const MOST_ROUGH = 3

/**
 * As far as the thing moves away from each side that cuts it, and at most as far as it reaches inwards.
 *
 * @param drags those of the thing: what they hold is not stretched
 */
export function beyondOf(
  outline: Outline,
  forward: PixelField,
  photo: Size,
  drags: readonly Drag[],
): Beyond {
  const { left, top, width, height, inside } = outline
  const [right, bottom] = [left + width, top + height]
  const d = { du: 0, dv: 0 }
  const moved = (count: number, at: (i: number) => [x: number, y: number], way: () => number) => {
    let [far, near] = [0, Number.POSITIVE_INFINITY]
    for (let i = 0; i < count; i += STEP) {
      const [x, y] = at(i)
      if (inside[(y - top) * width + x - left] !== 1) continue
      displacementAt(forward, x + 0.5, y + 0.5, d)
      far = Math.max(far, way())
      near = Math.min(near, way())
    }
    return { reach: Math.ceil(ROOM * far), isEven: near >= EVEN * far }
  }
  const column = (x: number, sign: number) => {
    const along = moved(
      height,
      (i) => [x, top + i],
      () => sign * d.du,
    )
    return { ...along, reach: Math.min(width, along.reach) }
  }
  const row = (y: number, sign: number) => {
    const along = moved(
      width,
      (i) => [left + i, y],
      () => sign * d.dv,
    )
    return { ...along, reach: Math.min(height, along.reach) }
  }
  const sides = {
    left: left === 0 ? column(0, 1) : NONE,
    right: right === photo.width ? column(photo.width - 1, -1) : NONE,
    top: top === 0 ? row(0, 1) : NONE,
    bottom: bottom === photo.height ? row(photo.height - 1, -1) : NONE,
  }
  const rows = { along: width, count: height, depth: width }
  const columns = { along: 1, count: width, depth: height }
  const room = (depthOf: (drag: Drag) => number) => Math.floor(Math.min(...drags.map(depthOf)))
  // A side of which one end moves less than the other, in a turn or beside a pin, is not stretched.
  const deep = (side: Side, { reach, isEven }: Along, held: number) =>
    reach === 0 || !isEven ? 0 : stretchedDepth(inside, side, reach, held)
  return {
    left: sides.left.reach,
    top: sides.top.reach,
    right: sides.right.reach,
    bottom: sides.bottom.reach,
    stretched: {
      left: deep(
        { ...rows, first: 0, inwards: 1 },
        sides.left,
        room(({ handle }) => handle.x),
      ),
      right: deep(
        { ...rows, first: width - 1, inwards: -1 },
        sides.right,
        room(({ handle }) => photo.width - handle.x),
      ),
      top: deep(
        { ...columns, first: 0, inwards: width },
        sides.top,
        room(({ handle }) => handle.y),
      ),
      bottom: deep(
        { ...columns, first: (height - 1) * width, inwards: -width },
        sides.bottom,
        room(({ handle }) => photo.height - handle.y),
      ),
    },
  }
}

/** A rectangle with what is beyond the frame. */
export function beyondRectangle(box: Rectangle, beyond: Sides): Rectangle {
  return {
    left: box.left - beyond.left,
    top: box.top - beyond.top,
    width: box.width + beyond.left + beyond.right,
    height: box.height + beyond.top + beyond.bottom,
  }
}

/**
 * A cut-out with what it has beyond the frame. Where a mirror image goes on there and the frame cuts the thing's border, the border
 * goes on in its direction, as rough as it is, and the image is shifted to it: else a shoulder would rise again.
 */
export function withBeyond(cut: CutOut, beyond: Beyond): CutOut {
  const { left, right, top, bottom } = beyond
  if (left + right + top + bottom === 0) return cut
  const box = beyondRectangle(cut, beyond)
  const rgba = new Uint8ClampedArray(4 * box.width * box.height)
  const alpha = new Float32Array(box.width * box.height)
  const border = cut.border === cut.alpha ? alpha : new Float32Array(alpha.length)
  for (let row = 0; row < cut.height; row++) {
    const to = (row + top) * box.width + left
    const [from, end] = [row * cut.width, (row + 1) * cut.width]
    rgba.set(cut.rgba.subarray(4 * from, 4 * end), 4 * to)
    border.set(cut.border.subarray(from, end), to)
    alpha.set(cut.alpha.subarray(from, end), to)
  }
  const whole = { ...box, rgba, alpha, border }
  const line = box.width
  const first = top * line + left
  const last = first + (cut.height - 1) * line + cut.width - 1
  const rows = { along: line, count: cut.height, depth: cut.width }
  const { stretched } = beyond
  goOn(whole, { ...rows, first, inwards: 1 }, left, stretched.left)
  goOn(whole, { ...rows, first: first + cut.width - 1, inwards: -1 }, right, stretched.right)
  // All columns, also those that are beyond the frame by now: a corner has both.
  const columns = { along: 1, count: line, depth: cut.height }
  goOn(whole, { ...columns, first: top * line, inwards: line }, top, stretched.top)
  const lowest = last - cut.width + 1 - left
  goOn(whole, { ...columns, first: lowest, inwards: -line }, bottom, stretched.bottom)
  return whole
}

/** Where a thing begins and ends along a side, by depth. */
type Ends = { readonly begins: readonly number[]; readonly ends: readonly number[] }

/** Puts what the frame cuts beyond a side: stretched from so deep, or its mirror image. */
function goOn(cut: CutOut, side: Side, reach: number, deep: number): void {
  if (reach === 0) return
  if (deep > 0) stretchOver(cut, side, reach, deep)
  else mirror(cut, side, reach)
}

function mirror({ rgba, alpha, border }: CutOut, side: Side, reach: number): void {
  const { first, along, inwards } = side
  for (const { begins, ends } of runsAt(border, side, reach)) {
    const depth = begins.length
    const [start, end] = [begins[0]!, ends[0]!]
    const [rise, fall] = [slopeOf(begins, 0), slopeOf(ends, side.count)]
    const [rough, roughEnd] = [roughnessOf(begins), roughnessOf(ends)]
    // By how much the thing is narrower with each pixel, of its width.
    const narrower = Math.max(0, (fall - rise) / (end - start))
    for (let i = 0; i < depth; i++) {
      const far = (i + 1) * (1 + BEND * narrower * i)
      const [from, to] = [start - rise * far + rough[i]!, end - fall * far + roughEnd[i]!]
      for (let at = Math.max(0, Math.floor(from)); at < Math.min(side.count, to); at++) {
        const share = to - from < 1 ? 0 : Math.min(1, Math.max(0, (at - from) / (to - from)))
        const source = Math.round(at + (1 - share) * (begins[i]! - from) + share * (ends[i]! - to))
        if (source < begins[i]! || source >= ends[i]!) continue
        const [here, there] = [
          first + i * inwards + source * along,
          first - (i + 1) * inwards + at * along,
        ]
        alpha[there] = alpha[here]!
        border[there] = border[here]!
        rgba.copyWithin(4 * there, 4 * here, 4 * here + 4)
      }
    }
  }
}

/** The pieces of a thing that a side cuts, as deep as they go on, and at most `reach`. */
function runsAt(
  alpha: Float32Array,
  { first, along, count, inwards, depth }: Side,
  reach: number,
): Ends[] {
  const has = (deep: number, at: number) =>
    at >= 0 && at < count && alpha[first + deep * inwards + at * along]! > 0
  const runs: Ends[] = []
  for (let at = 0; at < count; at++) {
    if (!has(0, at)) continue
    const [begins, ends] = [[at], [at + 1]]
    while (has(0, ends[0]!)) ends[0]!++
    for (let deep = 1; deep < Math.min(reach, depth); deep++) {
      let [begin, end] = [begins[deep - 1]!, ends[deep - 1]!]
      while (begin < end && !has(deep, begin)) begin++
      while (end > begin && !has(deep, end - 1)) end--
      if (begin === end) break
      // Where pieces run together, what the frame does not cut is none of either.
      const [least, most] = [begins[deep - 1]! - WIDER, ends[deep - 1]! + WIDER]
      while (begin > least && has(deep, begin - 1)) begin--
      while (end < most && has(deep, end)) end++
      begins.push(begin)
      ends.push(end)
    }
    runs.push({ begins, ends })
    at = ends[0]!
  }
  return runs
}

/** How far a border goes along the frame for each pixel inwards, near the frame; 0 in a corner. */
function slopeOf(places: readonly number[], corner: number): number {
  const [first = 0] = places
  const deep = Math.min(NEAR_FRAME, places.length - 1)
  if (first === corner || deep === 0) return 0
  const slope = (places[deep]! - first) / deep
  return Math.max(-STEEPEST, Math.min(STEEPEST, slope))
}

/** How far each place is from the mean of those around it; nothing at either end. */
function roughnessOf(places: readonly number[]): number[] {
  return places.map((place, i) => {
    const reach = Math.min(ROUGH, i, places.length - 1 - i)
    let sum = 0
    for (let k = i - reach; k <= i + reach; k++) sum += places[k]!
    const rough = place - sum / (2 * reach + 1)
    return Math.max(-MOST_ROUGH, Math.min(MOST_ROUGH, rough))
  })
}
