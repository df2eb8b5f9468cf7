/** What finds a thing at a handle: SAM, or the segmentation by colours. */

import type { Drag, Point, Size } from '../../shared/drag.ts'
import { boxOf } from '../../shared/instant/box.ts'
import { isWhite, type Mask, maskAt } from '../../shared/mask.ts'
import type { LabImage, Pixels } from '../../shared/segmentation/lab.ts'
import type { Hints } from '../../shared/segmentation/seeds.ts'
import { Segmenter } from '../../shared/segmentation/segmenter.ts'
import { alone, type BoundThing } from '../../shared/segmentation/things/beyond.ts'
import { graspOf, surroundingOf, thingAtHandle } from '../../shared/segmentation/things/choice.ts'
import { thingInRegion } from '../../shared/segmentation/things/in-region.ts'
import { overlap } from '../../shared/segmentation/things/measures.ts'
import { isSure, type SamAnswer } from '../../shared/segmentation/things/sam-answer.ts'
import type { HeldThing } from '../../shared/segmentation/things/together.ts'
import type { Prompt } from '../sam/prompt.ts'
import type { EditSam } from './edit-sam.ts'

/** The photo that things are looked for in. */
export type Searched = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  /** Ends the search before SAM's next answer. */
  readonly signal: AbortSignal
  /** Whether places may bend: pixels can, tokens cannot. */
  readonly bends: boolean
}

/** A moving drag in pixels of the small photo, and its index in the request. */
export type Moving = { readonly index: number; readonly drag: Drag }

/** What a drag takes hold of, and whether it moves that: otherwise what is around the drag bends. */
export type Held = {
  /** Null for what is no thing of its own: then all that is around the drag bends. */
  readonly thing: Mask | null
  readonly moves: boolean
  /** The thing with what is known of it, where another drag on it may help to move it. */
  readonly alone?: Omit<HeldThing, 'drag'>
}

/**
 * SAM is asked for so many things of an edit, which is at most 528 runs of its decoder; for the handles
 * that are left, the answer is none.
 */
const MOST_ASKED = 16
/** SAM's things in a photo, in pixels of the small one. */
export class Asker {
  /** Things that were asked for. */
  asked = 0
  readonly #search: Searched
  readonly #sam: EditSam
  readonly #image: LabImage

  constructor(search: Searched, sam: EditSam, image: LabImage) {
    this.#search = search
    this.#sam = sam
    this.#image = image
  }

  /** The thing at a handle: of what a click there and boxes around it may mean. */
  async anywhere({ drag }: Moving): Promise<Held | null> {
    if (this.asked === MOST_ASKED) return null
    this.asked++
    const answers = await this.#answers({ points: [on(drag.handle)], box: null })
    const chosen = thingAtHandle(answers, drag, this.#image)
    if (chosen === null) return null
    const { mask } = chosen
    if (!this.#search.bends) return { thing: chosen.mask, moves: true }
    const again = await this.#again(mask)
    const held = { ...heldBy(graspOf(chosen, drag, again), mask), alone: { thing: chosen, again } }
    if (!held.moves || isWhite(mask, drag.target)) return held
    const there = await this.#answers({ points: [on(drag.target)], box: null })
    const whole = surroundingOf(mask, there)
    if (whole === null) return held
    return { thing: isSure(whole.score) ? whole.mask : null, moves: false }
  }

  /**
   * The IoU of a thing and of the answer to the box around it: where that means something else, SAM does
   * not know where the thing ends.
   */
  async #again(mask: Mask): Promise<number> {
    const [again] = await this.#answers({ points: [], box: boxOf(mask.data, mask) })
    return again === undefined ? 0 : overlap(again.mask, mask)
  }

  /**
   * The thing at all these handles inside a region: of what the handles mean in the box around the
   * region, and anywhere.
   */
  async inRegion(members: readonly Moving[], region: Mask, count = 1): Promise<BoundThing | null> {
    if (this.asked === MOST_ASKED) return null
    this.asked++
    const points = members.map(({ drag }) => on(drag.handle))
    const prompts: Prompt[] = [
      { points, box: boxOf(region.data, region) },
      { points, box: null },
    ]
    // Several handles may all be on a part that one of them means.
    if (points.length > 1) prompts.push({ points: points.slice(0, 1), box: null })
    const answers: SamAnswer[] = []
    for (const prompt of prompts) answers.push(...(await this.#answers(prompt)))
    const drags = members.map(({ drag }) => drag)
    return thingInRegion(answers, drags, region, { count, bends: this.#search.bends })
  }

  async #answers({ points, box }: Prompt): Promise<SamAnswer[]> {
    const { photo, photoSize, signal } = this.#search
    const across = photoSize.width / this.#image.width
    const down = photoSize.height / this.#image.height
    const found = await this.#sam.candidates(
      photo,
      {
        points: points.map(({ x, y, ...point }) => ({ ...point, x: x * across, y: y * down })),
        box: box && {
          left: box.left * across,
          top: box.top * down,
          width: box.width * across,
          height: box.height * down,
        },
      },
      signal,
    )
    return found.map(({ mask, score }) => ({ mask: maskAt(mask, this.#image), score }))
  }
}

/** The segmentation by colours; its work on the photo is done when it is first asked. */
export class Colours {
  /** Things that were asked for. */
  asked = 0
  readonly #pixels: Pixels
  #segmenter: Segmenter | null = null

  readonly #image: LabImage

  constructor(pixels: Pixels, image: LabImage) {
    this.#pixels = pixels
    this.#image = image
  }

  /** The thing at a handle; null if it is ground or nearly the whole photo. */
  anywhere(drag: Drag): Held | null {
    const answer = { mask: this.#find({ add: seedsOf(drag) }), score: 1 }
    const chosen = thingAtHandle([answer], drag, this.#image)
    if (chosen === null) return null
    return heldBy(graspOf(chosen, drag, KNOWN), chosen.mask)
  }

  /** The thing at a handle in a region. */
  inRegion(drag: Drag, region: Mask): BoundThing {
    return alone(this.#find({ add: seedsOf(drag), within: region }))
  }

  #find(hints: Omit<Hints, 'remove'>): Mask {
    this.asked++
    this.#segmenter ??= new Segmenter(this.#pixels)
    return this.#segmenter.segment({ ...hints, remove: [] })
  }
}

/** The colours always find the same thing: an IoU that neither speaks for it nor against it. */
const KNOWN = 0.95

const heldBy = (grasp: ReturnType<typeof graspOf>, mask: Mask): Held => ({
  thing: grasp === 'none' ? null : mask,
  moves: grasp === 'moves',
})

const seedsOf = ({ handle }: Drag) => [{ points: [handle], radius: 2 }]

const on = (point: Point) => ({ ...point, on: true })
