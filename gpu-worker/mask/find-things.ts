/**
 * Finds the things that drags take hold of, inside an editable mask or anywhere in the photo: by SAM,
 * or else by colours, or else, without a mask, as a disc. Where pixels move, a place bends instead.
 */

import { type Drag, isPin, type Point, type Size } from '../../shared/drag.ts'
import type { MaskRecord } from '../../shared/edit/record.ts'
import type { Warning } from '../../shared/edit/warning.ts'
import { boxOf } from '../../shared/instant/box.ts'
import { forEachPart } from '../../shared/instant/outline/islands.ts'
import { automaticMask, checkHandlesOn, isWhite, type Mask, maskAt } from '../../shared/mask.ts'
import { type LabImage, labImage, type Pixels } from '../../shared/segmentation/lab.ts'
import type { Hints } from '../../shared/segmentation/seeds.ts'
import { overlap } from '../../shared/segmentation/things/measures.ts'
import { Segmenter } from '../../shared/segmentation/segmenter.ts'
import {
  alone,
  type BoundThing,
  type Bent,
  bending,
  bentBy,
  meets,
} from '../../shared/segmentation/things/beyond.ts'
import { isWhole, movesThing, thingAtHandle, thingInRegion } from '../../shared/segmentation/things/choice.ts'
import { FoundThings } from '../../shared/segmentation/things/found-things.ts'
import type { SamAnswer } from '../../shared/segmentation/things/sam-answer.ts'
import { smallPixels } from '../photo/small-pixels.ts'
import type { Prompt } from '../sam/prompt.ts'
import type { EditSam } from './edit-sam.ts'

/** What is looked for where. */
export type Search = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  /** In pixels of the photo. */
  readonly drags: readonly Drag[]
  /** The editable mask; null if no mask was sent. */
  readonly within: Mask | null
  /** Null without SAM. */
  readonly sam: EditSam | null
  /** Ends the search before SAM's next answer. */
  readonly signal: AbortSignal
  /** Whether the place at a handle bends where SAM finds no thing; otherwise the colours say what moves. */
  readonly bends: boolean
}

/** A mask of all things, of the photo's shape, and how they were found. */
export type Things = {
  readonly mask: Mask
  /** White on what belongs to them and stays, beside the mask. */
  readonly fixed: Mask
  /** White on what may change; null for no limit. */
  readonly within: Mask | null
  /** The weakest of what found a thing; null for a disc or a place. */
  readonly foundBy: MaskRecord['foundBy']
  /** How often SAM and the segmentation were asked for a thing. */
  readonly iterations: number
  readonly warnings: readonly Warning[]
}

/** A moving drag in pixels of the small photo, and its index in the request. */
type Moving = { readonly index: number; readonly drag: Drag }

/**
 * Drags whose handles are on one thing share it. In an editable mask, the drags of each connected part
 * are first taken to be on one thing.
 *
 * @throws EditError `handle_outside_mask` for a moving handle outside the editable mask; the signal's
 * reason when it is aborted
 */
export async function findThings(search: Search): Promise<Things> {
  const { photo, photoSize, drags, within, sam } = search
  if (within !== null) checkHandlesOn(within, photoSize, drags)
  const pixels = await smallPixels(photo)
  const image = labImage(pixels, { left: 0, top: 0, ...pixels }, longer(pixels))
  const asker = sam === null ? null : new Asker(search, sam, image)
  const finders = { pixels, asker, colours: new Colours(pixels, image) }
  const moving = movingIn(pixels, photoSize, drags)
  return within === null
    ? anywhere(search, finders, moving)
    : inMask(search, finders, moving, maskAt(within, pixels))
}

/** What finds things, and the small photo that it finds them in. */
type Finders = {
  readonly pixels: Pixels
  readonly asker: Asker | null
  readonly colours: Colours
}

/** What a drag takes hold of, and whether it moves that: otherwise what is around the drag bends. */
type Held = {
  /** Null for what is no thing of its own: then all that is around the drag bends. */
  readonly thing: Mask | null
  readonly moves: boolean
}

/** A thing that moves, and the drags that move it. */
type Moved = { readonly mask: Mask; readonly by: Moving[] }

/** Things of a photo without a mask. Where pixels move, some drags bend a place instead. */
async function anywhere(
  { signal, bends }: Search,
  finders: Finders,
  moving: readonly Moving[],
): Promise<Things> {
  const { pixels, asker, colours } = finders
  let moved: Moved[] = []
  const bent: Bent[] = []
  const warnings: Warning[] = []
  for (const one of moving) {
    signal.throwIfAborted()
    const known = moved.find(({ mask }) => isWhite(mask, one.drag.handle))
    if (known !== undefined) {
      known.by.push(one)
      continue
    }
    const sure = (await asker?.anywhere(one)) ?? null
    const held = sure ?? (bends && asker !== null ? null : colours.anywhere(one.drag))
    if (held === null) warnings.push(notFound(one.index, bends))
    if (bends && !held?.moves) bent.push({ drag: one.drag, on: held?.thing ?? null })
    else moved.push({ mask: held?.thing ?? discOf(pixels, one.drag), by: [one] })
  }
  const found = new FoundThings(pixels)
  let place = bentBy(bent, pixels)
  // What is moved out of a place that bends would be torn out of it.
  for (;;) {
    const near = moved.filter(({ mask }) => meets(mask, place))
    if (near.length === 0) break
    moved = moved.filter((one) => !near.includes(one))
    bent.push(...near.flatMap(({ mask, by }) => by.map(({ drag }) => ({ drag, on: mask }))))
    place = bentBy(bent, pixels)
  }
  if (bent.length > 0) found.add(place)
  for (const { mask } of moved) found.add(alone(mask))
  return thingsOf(found, moving, finders, warnings, moved.length > 0 ? null : place.within)
}

/** Things in an editable mask. @param within of the small photo's size */
async function inMask(
  { signal, bends }: Search,
  finders: Finders,
  moving: readonly Moving[],
  within: Mask,
): Promise<Things> {
  const { pixels, asker, colours } = finders
  const found = new FoundThings(pixels)
  const warnings: Warning[] = []
  for (const { region, members } of groupsOf(within, moving)) {
    if (asker !== null && members.length > 1) {
      const thing = await asker.inRegion(members, region)
      if (thing !== null) found.add(thing)
    }
    for (const one of members) {
      signal.throwIfAborted()
      // A handle on a thing that was found already belongs to that thing.
      if (found.has(one.drag.handle)) continue
      const sure = (await asker?.inRegion([one], region, members.length)) ?? null
      const thing = sure ?? (bends && asker !== null ? null : colours.inRegion(one.drag, region))
      if (thing === null) warnings.push(notFound(one.index, bends))
      found.add(thing ?? bending(region))
    }
  }
  return thingsOf(found, moving, finders, warnings, within)
}

function thingsOf(
  found: FoundThings,
  moving: readonly Moving[],
  { asker, colours }: Finders,
  warnings: readonly Warning[],
  within: Mask | null,
): Things {
  const lost = warnings.some(({ code }) => code === 'thing_not_found')
  return {
    ...found.masks(moving.map(({ drag }) => drag.handle)),
    within,
    foundBy: lost ? null : colours.asked > 0 ? 'colours' : 'sam',
    iterations: (asker?.asked ?? 0) + colours.asked,
    warnings,
  }
}

/** What moves at a handle where no thing was found. */
const discOf = (size: Size, drag: Drag) => maskAt(automaticMask(size, [drag]), size)

/**
 * SAM is asked for so many things of an edit, which is at most 96 runs of its decoder; for the handles
 * that are left, the answer is none.
 */
const MOST_ASKED = 16
/** The least IoU of two answers that are the same thing. */
const SAME = 0.95

/** SAM's things in a photo, in pixels of the small one. */
class Asker {
  /** Things that were asked for. */
  asked = 0
  readonly #search: Search
  readonly #sam: EditSam
  readonly #image: LabImage

  constructor(search: Search, sam: EditSam, image: LabImage) {
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
    if (!this.#search.bends) return { thing: chosen.mask, moves: true }
    const thing = isWhole(chosen) && (await this.#isFoundAgain(chosen.mask)) ? chosen.mask : null
    return { thing, moves: thing !== null && movesThing(chosen, drag) }
  }

  /** Whether the box around a thing means the same thing: otherwise SAM does not know where it ends. */
  async #isFoundAgain(thing: Mask): Promise<boolean> {
    const [again] = await this.#answers({ points: [], box: boxOf(thing.data, thing) })
    return again !== undefined && overlap(again.mask, thing) >= SAME
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
    return thingInRegion(answers, drags, region, count)
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
class Colours {
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
    return { thing: isWhole(chosen) ? chosen.mask : null, moves: movesThing(chosen, drag) }
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

const seedsOf = ({ handle }: Drag) => [{ points: [handle], radius: 2 }]
const on = (point: Point) => ({ ...point, on: true })

function movingIn(small: Size, photo: Size, drags: readonly Drag[]): Moving[] {
  const scaled = ({ x, y }: Point): Point => ({
    x: Math.min(small.width - 0.5, (x * small.width) / photo.width),
    y: Math.min(small.height - 0.5, (y * small.height) / photo.height),
  })
  return drags.flatMap((drag, index) =>
    isPin(drag)
      ? []
      : [{ index, drag: { handle: scaled(drag.handle), target: scaled(drag.target) } }],
  )
}

/** Drags that may be on one thing, and the connected part of the editable mask around them. */
type Group = { readonly region: Mask; readonly members: readonly Moving[] }

function groupsOf(within: Mask, moving: readonly Moving[]): Group[] {
  const groups: Group[] = []
  const left = new Set(moving)
  forEachPart(within.data, 1, within, (part) => {
    const data = new Uint8Array(within.data.length)
    for (const at of part) data[at] = 1
    const region = { width: within.width, height: within.height, data }
    const members = [...left].filter(({ drag }) => isWhite(region, drag.handle))
    for (const one of members) left.delete(one)
    if (members.length > 0) groups.push({ region, members })
  })
  // On the white of the mask that was sent, but not of the small one.
  return [...groups, ...[...left].map((one) => ({ region: within, members: [one] }))]
}

function notFound(drag: number, bends: boolean): Warning {
  const instead = bends ? 'what is around it bends' : 'a disc around it moves'
  const message = `no thing was found at drags[${drag}].handle, so ${instead}`
  return { code: 'thing_not_found', message, drag }
}

const longer = ({ width, height }: Size) => Math.max(width, height)
