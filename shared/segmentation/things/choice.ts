/**
 * Which of SAM's answers is the thing that a drag takes hold of anywhere in a photo, and what the drag does
 * with it. Pure functions; drags and masks are in pixels of one picture.
 */

import type { Drag } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import type { Mask } from '../../mask.ts'
import type { LabImage } from '../lab.ts'
import { openShare } from './border.ts'
import { areaOf, atHandles, isGround, offMiddle, shared, standsOut } from './measures.ts'
import { acceptable, isSure, isVerySure, type SamAnswer } from './sam-answer.ts'

/** A mask with this part of it inside another one is a part of that. */
export const IN_WHOLE = 0.9
/** SAM's least own estimate of a whole around an answer that it is sure of. */
const LEAST_WHOLE = 0.7
/** A whole has this much less of its border in the middle of one material than a part has. */
const LESS_OPEN = 0.04
/** SAM's estimate counts less by this for a border that lies all in the middle of one material. */
const PER_OPEN = 0.05
/** What has at most this part of the photo may be a window of a house, the nose of a deer. */
const TINY = 0.015
/** Of its whole SAM is at most so much less sure, and no more of its border is open. */
const LESS_SURE = 0.06
const CLOSED = 0.1
/** What has more of its border there is a part of something. */
const MOST_OPEN = 0.15
/** As much of that counts for drags that are short for the thing, all of it for those of its size. */
const LEAST_LENGTH = 0.6
/** The least IoU of two answers that are the same thing; and for a drag that is long, which bends badly. */
const SAME = 0.95
const SAME_FOR_LONG = 0.9
/** With a larger one and a good score SAM is certain, and short drags count in full. */
const CERTAIN = 0.97
const CERTAIN_SCORE = 0.9
/** As much may be open of what a part would be torn off from, if SAM's score is good. */
const WHOLE_OPEN = 0.25
/** What surrounds a part has this much of the pixels around it. */
const SURROUNDS = 1 / 2
/** And is so many times as large. */
const LARGER = 2
/** So far around a part is looked, of the longer side. */
const AROUND = 1 / 90
/** A handle is near a thing's middle up to so many deviations of the thing's pixels from it. */
const MIDDLE = 1.25
/** A drag is long from so many times a thing's size on, the root of its area. */
const LONG = 1.25

/** A thing, and how much of its border is open, as {@link openShare} says. */
export type Choice = SamAnswer & { readonly open: number }

/**
 * The thing at a drag's handle: of the answers that have the handle and are sure, neither nearly the
 * whole photo nor ground, the one that SAM trusts most; or one around it whose border is less open, or
 * ends at edges as well if the drag would tear the first off. Null if no answer is left.
 */
export function thingAtHandle(
  answers: readonly SamAnswer[],
  drag: Drag,
  image: LabImage,
): Choice | null {
  const { handle } = drag
  const found = acceptable(answers, { points: [handle], box: null }, null, LEAST_WHOLE)
    .filter(({ mask }) => !isGround(mask))
    .map((answer) => ({ ...answer, mask: atHandles(answer.mask, [handle]) }))
  const [trusted] = found
    .filter(({ score }) => isSure(score))
    .toSorted((one, other) => other.score - one.score)
  if (trusted === undefined) return null
  return wholeThing(trusted, found, image, (part) => lengthOf(drag) > Math.sqrt(areaOf(part)))
}

/**
 * The answer that SAM trusts most, a little less the more of its border lies in the middle of one material;
 * or, if that is tiny, what it is a part of. It is ground, which nobody drags, only where there is no thing.
 * Undefined if there are no answers.
 */
export function trustedThing<Answer extends SamAnswer>(
  answers: readonly Answer[],
  image: LabImage,
): Answer | undefined {
  const open = new Map(answers.map((one) => [one, openShare(image, one.mask)]))
  const trust = (one: Answer) => one.score - PER_OPEN * open.get(one)!
  const sorted = answers.toSorted((one, other) => trust(other) - trust(one))
  const trusted = sorted.find(isThing) ?? sorted[0]
  if (trusted === undefined || areaOf(trusted.mask) > TINY * trusted.mask.data.length)
    return trusted
  const ends = (one: Answer) => one.score >= trusted.score - LESS_SURE && open.get(one)! <= CLOSED
  return wholesOf(trusted, answers).find(ends) ?? trusted
}

/** Whether an answer is no ground: what has much of the frame may be a portrait, if SAM is very sure of it. */
export function isThing({ mask, score }: SamAnswer): boolean {
  return !isGround(mask) || (isVerySure(score) && standsOut(mask))
}

/**
 * An answer, or one around it whose border is less open. What would tear the first off takes hold of any
 * that ends at edges; the less certain SAM is of it, at the more of them.
 *
 * @param tears whether a part would be torn off
 */
function wholeThing(
  trusted: SamAnswer,
  answers: readonly SamAnswer[],
  image: LabImage,
  tears: (part: Mask) => boolean,
): Choice {
  let chosen: Choice = { ...trusted, open: openShare(image, trusted.mask) }
  for (const { mask, score } of wholesOf(trusted, answers)) {
    const open = openShare(image, mask)
    const less = chosen.open - LESS_OPEN
    if (open < (tears(chosen.mask) ? mostOfWhole(score, less) : less))
      chosen = { mask, open, score }
  }
  return chosen
}

/** How much of its border may be open to be the whole of what would be torn off. @param less than of that */
function mostOfWhole(score: number, less: number): number {
  if (score >= CERTAIN_SCORE) return Math.max(WHOLE_OPEN, less)
  return isSure(score) ? MOST_OPEN : Math.min(MOST_OPEN, less)
}

/**
 * What a drag does with a thing: it moves it, bends it, or bends all that is around, because the thing is
 * only a part of something, or nobody knows where it ends. A thing moves if it ends at edges, and the drag
 * takes hold of it near its middle or is long. The shorter a drag is, the less of the border may be open:
 * to bend is then the smaller harm.
 *
 * @param again the IoU of the thing and of SAM's answer to the box around it
 */
export function graspOf(
  { mask, open, score }: Choice,
  drag: Drag,
  again: number,
): 'moves' | 'bends' | 'none' {
  const length = lengthOf(drag) / Math.sqrt(areaOf(mask))
  const isCertain = again >= CERTAIN && score >= CERTAIN_SCORE
  if (open >= MOST_OPEN || again < (length > 1 ? SAME_FOR_LONG : SAME)) return 'none'
  const part = isCertain ? 1 : Math.max(LEAST_LENGTH, Math.min(1, length))
  const isHeld = length > LONG || offMiddle(mask, drag.handle) < MIDDLE
  return open < part * MOST_OPEN && isHeld ? 'moves' : 'bends'
}

/**
 * What a thing is a feature of, such as a nose of a face: what lies around it and under the drag's
 * target, and the thing. Null if it leaves what lies around it, or if that is ground.
 *
 * @param answers those at the drag's target
 */
export function surroundingOf(thing: Mask, answers: readonly SamAnswer[]): SamAnswer | null {
  const by = Math.max(2, Math.round(AROUND * Math.max(thing.width, thing.height)))
  const around = dilated(thing.data, thing, by).map((value, at) => value & (1 - thing.data[at]!))
  const least = SURROUNDS * areaOf({ data: around })
  const found = answers
    .filter(({ mask, score }) => score >= LEAST_WHOLE && !isGround(mask))
    .filter(({ mask }) => areaOf(mask) >= LARGER * areaOf(thing))
    .filter(({ mask }) => shared({ data: around }, mask) >= least)
  const [best] = found.toSorted((one, other) => other.score - one.score)
  if (best === undefined) return null
  const data = best.mask.data.map((value, at) => value | thing.data[at]!)
  return { mask: { ...thing, data }, score: best.score }
}

function lengthOf({ handle, target }: Drag): number {
  return Math.hypot(target.x - handle.x, target.y - handle.y)
}

/** The other answers that an answer is a part of, and that are not ground, smallest first. */
function wholesOf<Answer extends SamAnswer>(part: Answer, answers: readonly Answer[]): Answer[] {
  const area = areaOf(part.mask)
  return answers
    .map((answer) => ({ answer, area: areaOf(answer.mask) }))
    .filter((other) => other.area > area && !isGround(other.answer.mask))
    .filter(({ answer }) => shared(part.mask, answer.mask) >= IN_WHOLE * area)
    .toSorted((one, other) => one.area - other.area)
    .map(({ answer }) => answer)
}
