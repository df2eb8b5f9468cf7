/**
 * Which of SAM's answers is the thing that drags take hold of in a region of an editable mask, and what of
 * it stays. Pure functions; drags and masks are in pixels of one picture.
 */

import { type Drag, isPin, type Point } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import { isWhite, type Mask } from '../../mask.ts'
import { type BoundThing, endGoesOn, goesOn } from './beyond.ts'
import { IN_WHOLE } from './choice.ts'
import { areaOf, atHandles, intersection, isGround, meanOf, shared } from './measures.ts'
import { acceptable, isSure, type SamAnswer } from './sam-answer.ts'

/** What has more than this part of a region's edge is the ground that the region cuts out. */
const MOST_OF_EDGE = 1 / 2
/** The least of a region that its things fill together, where they are and where they land. */
const LEAST_FILLING = 1 / 5
/** The most of the pixels around an end, up to so far from it, that the rest of its whole has. */
const MOST_AROUND_END = 0.6
const AROUND_END = 2

/**
 * The thing at handles inside a region. A region is drawn around a thing and where it lands. So of the
 * answers that have every handle and are sure, it is the one that is inside the region most, has least
 * of the region's edge, and fills the region best together with its own shape at the targets. Null if
 * there is none, or none that fills enough of the region and leaves half of its edge.
 *
 * @param drags those whose handles are on the thing
 * @param count how many things of this size the region may hold
 * @param bends whether it may bend where it goes on beyond the region: pixels can, tokens cannot
 * @returns what of it moves inside the region, and what goes on beyond: of the thing, and of the wholes
 * that it is a part of. An answer to a box often ends with the box
 */
export function thingInRegion(
  answers: readonly SamAnswer[],
  drags: readonly Drag[],
  region: Mask,
  { count = 1, bends = true } = {},
): BoundThing | null {
  const handles = drags.filter((drag) => !isPin(drag)).map(({ handle }) => handle)
  const by = meanOf(drags)
  const things = answers.flatMap(({ mask, score }) => {
    const inside = intersection(mask, region)
    if (!isSure(score) || !handles.every((handle) => isWhite(inside, handle))) return []
    const [edge, filled] = [edgeOf(inside, region), filling(inside, by, region)]
    if (edge > MOST_OF_EDGE || filled * count < LEAST_FILLING) return []
    return [{ mask, score, inside, fit: (areaOf(inside) / areaOf(mask)) * (1 - edge) * filled }]
  })
  const [best] = things.toSorted((one, other) => other.fit - one.fit)
  if (best === undefined) return null
  const part = atHandles(best.inside, handles)
  const wholes = acceptable(answers, { points: handles, box: null }, null)
    .filter(({ mask }) => mask !== best.mask && !isGround(mask))
    .filter(({ mask }) => shared(part, mask) >= IN_WHOLE * areaOf(part))
  const around = union([best, ...wholes])
  const ends = bends ? wholes.filter(({ mask }) => isEnd(part, mask)) : []
  for (const end of ends.toSorted((one, other) => other.score - one.score)) {
    const whole = union([best, end])
    // All of it in the region bends if SAM trusts the whole as much as its end.
    const moves = end.score < best.score ? part : atHandles(intersection(whole, region), handles)
    const bound = endGoesOn(whole, moves, region, around)
    if (bound.stays.includes(1)) return bound
  }
  return goesOn(around, part, region)
}

/** @param answers one or more */
function union(answers: readonly Pick<SamAnswer, 'mask'>[]): Mask {
  const [first, ...others] = answers
  if (first === undefined) throw new Error('nothing has no union')
  const data = first.mask.data.slice()
  for (const { mask } of others)
    for (let at = 0; at < data.length; at++) data[at]! |= mask.data[at]!
  return { ...first.mask, data }
}

/** Whether a part is an end of a whole, such as a head, and no feature in it, such as a window. */
function isEnd(part: Mask, whole: Mask): boolean {
  const around = dilated(part.data, part, AROUND_END).map(
    (value, at) => value & (1 - part.data[at]!),
  )
  return shared({ data: around }, whole) <= MOST_AROUND_END * areaOf({ data: around })
}

/** The part of a region's edge that a mask inside it has. */
function edgeOf({ width, height, data }: Mask, region: Mask): number {
  let [edge, both] = [0, 0]
  for (let y = 1, at = width + 1; y < height - 1; y++, at += 2)
    for (let x = 1; x < width - 1; x++, at++) {
      const { data: white } = region
      if (white[at] === 0) continue
      if (white[at - 1]! & white[at + 1]! & white[at - width]! & white[at + width]!) continue
      edge++
      both += data[at]!
    }
  return both / Math.max(1, edge)
}

/** How well a thing, where it is and moved by a vector, fills a region: their IoU. */
function filling({ width, height, data }: Mask, { x, y }: Point, region: Mask): number {
  const [across, down] = [Math.round(x), Math.round(y)]
  let [both, either] = [0, 0]
  for (let row = 0, at = 0; row < height; row++)
    for (let col = 0; col < width; col++, at++) {
      const from = isIn(col - across, width) && isIn(row - down, height)
      const covered = data[at]! | (from ? data[at - down * width - across]! : 0)
      both += covered & region.data[at]!
      either += covered | region.data[at]!
    }
  return both / Math.max(1, either)
}

const isIn = (at: number, length: number) => at >= 0 && at < length
