/**
 * Which of SAM's answers is the thing that drags take hold of: anywhere in a photo, or in a region of
 * an editable mask. Pure functions; drags and masks are in pixels of one picture.
 */

import { type Drag, isPin, type Point } from '../../drag.ts'
import { isWhite, type Mask } from '../../mask.ts'
import { type BoundThing, goesOn } from './beyond.ts'
import { areaOf, atHandles, isGround, meanOf, shared } from './measures.ts'
import { acceptable, isSure, type SamAnswer } from './sam-answer.ts'

/** What has more than this part of a region's edge is the ground that the region cuts out. */
const MOST_OF_EDGE = 1 / 2
/** The least of a region that its things fill together, where they are and where they land. */
const LEAST_FILLING = 1 / 5
/** A mask with this part of it inside another one is a part of that. */
const IN_WHOLE = 0.9

/**
 * The thing at a drag's handle: of the answers that have the handle and are sure, neither nearly the
 * whole photo nor ground, the one that SAM trusts most. But a drag that is longer than a thing takes
 * hold of the whole that the thing is a part of, if there is one: it would tear the part off. Null if
 * no answer is left.
 */
export function thingAtHandle(answers: readonly SamAnswer[], drag: Drag): Mask | null {
  const { handle, target } = drag
  const prompt = { points: [handle], box: null }
  const found = acceptable(answers, prompt, null)
  const things = found.filter(({ mask }) => !isGround(mask))
  const [trusted] = things.toSorted((one, other) => other.score - one.score)
  if (trusted === undefined) return null
  const length = Math.hypot(target.x - handle.x, target.y - handle.y)
  const chosen = length > Math.sqrt(areaOf(trusted.mask)) ? wholeOf(trusted, things) : trusted
  return atHandles(chosen.mask, [handle])
}

/** The smallest of the other answers that an answer is a part of, and that is not ground; without one itself. */
export function wholeOf<Answer extends SamAnswer>(
  part: Answer,
  answers: readonly Answer[],
): Answer {
  const area = areaOf(part.mask)
  const wholes = answers
    .map((answer) => ({ answer, area: areaOf(answer.mask) }))
    .filter((other) => other.area > area && !isGround(other.answer.mask))
    .filter(({ answer }) => shared(part.mask, answer.mask) >= IN_WHOLE * area)
  const [whole] = wholes.toSorted((one, other) => one.area - other.area)
  return whole?.answer ?? part
}

/**
 * The thing at handles inside a region. A region is drawn around a thing and where it lands. So of the
 * answers that have every handle and are sure, it is the one that is inside the region most, has least
 * of the region's edge, and fills the region best together with its own shape at the targets. Null if
 * there is none, or none that fills enough of the region and leaves half of its edge.
 *
 * @param drags those whose handles are on the thing
 * @param count how many things of this size the region may hold
 * @returns what of it is inside the region, and what goes on beyond: of the thing, and of the wholes
 * that it is a part of. An answer to a box often ends with the box
 */
export function thingInRegion(
  answers: readonly SamAnswer[],
  drags: readonly Drag[],
  region: Mask,
  count = 1,
): BoundThing | null {
  const handles = drags.filter((drag) => !isPin(drag)).map(({ handle }) => handle)
  const by = meanOf(drags)
  const things = answers.flatMap(({ mask, score }) => {
    const inside = { ...mask, data: mask.data.map((value, at) => value & region.data[at]!) }
    if (!isSure(score) || !handles.every((handle) => isWhite(inside, handle))) return []
    const [edge, filled] = [edgeOf(inside, region), filling(inside, by, region)]
    if (edge > MOST_OF_EDGE || filled * count < LEAST_FILLING) return []
    return [{ mask, inside, fit: (areaOf(inside) / areaOf(mask)) * (1 - edge) * filled }]
  })
  const [best] = things.toSorted((one, other) => other.fit - one.fit)
  if (best === undefined) return null
  const moves = atHandles(best.inside, handles)
  const whole = best.mask.data.slice()
  for (const { mask } of acceptable(answers, { points: handles, box: null }, null)) {
    if (isGround(mask) || shared(moves, mask) < IN_WHOLE * areaOf(moves)) continue
    for (let at = 0; at < whole.length; at++) whole[at]! |= mask.data[at]!
  }
  return goesOn({ ...moves, data: whole }, moves, region)
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
