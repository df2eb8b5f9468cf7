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
import type { Pixels } from '../../shared/segmentation/lab.ts'
import { Segmenter } from '../../shared/segmentation/segmenter.ts'
import {
  alone,
  type BoundThing,
  bending,
  placeOf,
} from '../../shared/segmentation/things/beyond.ts'
import { thingAtHandle, thingInRegion } from '../../shared/segmentation/things/choice.ts'
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
  const { photo, photoSize, drags, within, sam, signal, bends } = search
  if (within !== null) checkHandlesOn(within, photoSize, drags)
  const pixels = await smallPixels(photo)
  const moving = movingIn(pixels, photoSize, drags)
  const asker = sam === null ? null : new Asker(search, sam, pixels)
  const found = new FoundThings(pixels)
  const colours = new Colours(pixels)
  const lost: Moving[] = []
  for (const { region, members } of groupsOf(within && maskAt(within, pixels), moving)) {
    if (region !== null && asker !== null && members.length > 1) {
      const thing = await asker.inRegion(members, region)
      if (thing !== null) found.add(thing)
    }
    for (const one of members) {
      signal.throwIfAborted()
      // A handle on a thing that was found already belongs to that thing.
      if (found.has(one.drag.handle)) continue
      const asked =
        region === null ? asker?.anywhere(one) : asker?.inRegion([one], region, members.length)
      const sure = (await asked) ?? null
      const thing = sure ?? (bends && asker !== null ? null : colours.thing(one.drag, region))
      if (thing === null) lost.push(one)
      found.add(thing ?? unknown(pixels, one.drag, region, bends))
    }
  }
  const handles = moving.map(({ drag }) => drag.handle)
  return {
    ...found.masks(handles),
    foundBy: lost.length > 0 ? null : colours.asked > 0 ? 'colours' : 'sam',
    iterations: (asker?.asked ?? 0) + colours.asked,
    warnings: lost.map(({ index }) => notFound(index, bends)),
  }
}

/** What moves at a handle where no thing was found. */
function unknown(size: Size, drag: Drag, region: Mask | null, bends: boolean): BoundThing {
  if (bends) return bending(region ?? placeOf(size, drag))
  return alone(maskAt(automaticMask(size, [drag]), size))
}

/**
 * SAM is asked for so many things of an edit, which is at most 96 runs of its decoder; for the handles
 * that are left, the answer is none.
 */
const MOST_ASKED = 16

/** SAM's things in a photo, in pixels of the small one. */
class Asker {
  /** Things that were asked for. */
  asked = 0
  readonly #search: Search
  readonly #sam: EditSam
  readonly #size: Size

  constructor(search: Search, sam: EditSam, size: Size) {
    this.#search = search
    this.#sam = sam
    this.#size = size
  }

  /** The thing at a handle: of what a click there and boxes around it may mean. */
  async anywhere({ drag }: Moving): Promise<BoundThing | null> {
    if (this.asked === MOST_ASKED) return null
    this.asked++
    const answers = await this.#answers({ points: [on(drag.handle)], box: null })
    const thing = thingAtHandle(answers, drag)
    return thing && alone(thing)
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
    const across = photoSize.width / this.#size.width
    const down = photoSize.height / this.#size.height
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
    return found.map(({ mask, score }) => ({ mask: maskAt(mask, this.#size), score }))
  }
}

/** The segmentation by colours; its work on the photo is done when it is first asked. */
class Colours {
  /** Things that were asked for. */
  asked = 0
  readonly #pixels: Pixels
  #segmenter: Segmenter | null = null

  constructor(pixels: Pixels) {
    this.#pixels = pixels
  }

  /** The thing at a handle; without a region null, if it is ground or nearly the whole photo. */
  thing(drag: Drag, region: Mask | null): BoundThing | null {
    this.asked++
    this.#segmenter ??= new Segmenter(this.#pixels)
    const add = [{ points: [drag.handle], radius: 2 }]
    if (region !== null) return alone(this.#segmenter.segment({ add, remove: [], within: region }))
    const mask = this.#segmenter.segment({ add, remove: [] })
    const thing = thingAtHandle([{ mask, score: 1 }], drag)
    return thing && alone(thing)
  }
}

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
type Group = { readonly region: Mask | null; readonly members: readonly Moving[] }

function groupsOf(within: Mask | null, moving: readonly Moving[]): Group[] {
  if (within === null) return moving.map((one) => ({ region: null, members: [one] }))
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
