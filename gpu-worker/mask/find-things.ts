/**
 * Finds the things that drags take hold of, inside an editable mask or anywhere in the photo: by SAM,
 * or else by colours, or else, without a mask, as a disc. Where pixels move, a place bends instead.
 */

import { type Drag, isPin, type Point, type Size } from '../../shared/drag.ts'
import type { MaskRecord } from '../../shared/edit/record.ts'
import type { Warning } from '../../shared/edit/warning.ts'
import { forEachPart } from '../../shared/instant/outline/islands.ts'
import { automaticMask, checkHandlesOn, isWhite, type Mask, maskAt } from '../../shared/mask.ts'
import { labImage, type Pixels } from '../../shared/segmentation/lab.ts'
import {
  alone,
  type Bent,
  bending,
  bentBy,
  meets,
} from '../../shared/segmentation/things/beyond.ts'
import { FoundThings } from '../../shared/segmentation/things/found-things.ts'
import { type HeldThing, heldTogether } from '../../shared/segmentation/things/together.ts'
import { smallPixels } from '../photo/small-pixels.ts'
import type { EditSam } from './edit-sam.ts'
import { Asker, Colours, type Moving, type Searched } from './finders.ts'

/** What is looked for where. With `bends`, a place bends where no thing is found or none can move. */
export type Search = Searched & {
  /** In pixels of the photo. */
  readonly drags: readonly Drag[]
  /** The editable mask; null if no mask was sent. */
  readonly within: Mask | null
  /** Null without SAM. */
  readonly sam: EditSam | null
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
  let bent: (Bent & Moving)[] = []
  const held: (HeldThing & Moving)[] = []
  const lost: Moving[] = []
  for (const one of moving) {
    signal.throwIfAborted()
    const known = moved.find(({ mask }) => isWhite(mask, one.drag.handle))
    if (known !== undefined) {
      known.by.push(one)
      const first = held.find(({ index }) => index === known.by[0]?.index)
      if (first !== undefined) held.push({ ...first, ...one })
      continue
    }
    const sure = (await asker?.anywhere(one)) ?? null
    const found = sure ?? (bends && asker !== null ? null : colours.anywhere(one.drag))
    if (found === null) lost.push(one)
    if (found?.alone !== undefined) held.push({ ...one, ...found.alone })
    if (bends && !found?.moves) bent.push({ ...one, on: found?.thing ?? null })
    else moved.push({ mask: found?.thing ?? discOf(pixels, one.drag), by: [one] })
  }
  // Drags at two ends of a thing bend it alone, and move it together.
  for (const group of heldTogether(held)) {
    const of = (one: Moving) => group.some(({ index }) => index === one.index)
    const [first] = group
    if (first === undefined || !bent.some(of)) continue
    bent = bent.filter((one) => !of(one))
    moved = moved.filter(({ by }) => !by.some(of))
    moved.push({ mask: first.thing.mask, by: [...group] })
  }
  const found = new FoundThings(pixels)
  let place = bentBy(bent, pixels)
  // What is moved out of a place that bends would be torn out of it.
  for (;;) {
    const near = moved.filter(({ mask }) => meets(mask, place))
    if (near.length === 0) break
    moved = moved.filter((one) => !near.includes(one))
    bent.push(...near.flatMap(({ mask, by }) => by.map((one) => ({ ...one, on: mask }))))
    place = bentBy(bent, pixels)
  }
  if (bent.length > 0) found.add(place)
  for (const { mask } of moved) found.add(alone(mask))
  const limits = moved.length === 0 && bent.length > 0 ? place.within : null
  const warnings = moving.flatMap(({ index }) => {
    const has = (some: readonly Moving[]) => some.some((one) => one.index === index)
    if (has(lost)) return [notFound(index, bends)]
    return has(bent) ? [bendsInstead(index)] : []
  })
  return thingsOf(found, moving, finders, warnings, limits)
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

function bendsInstead(drag: number): Warning {
  const message = `drags[${drag}] bends what is at its handle and does not move it, because that is a part of something, or the handle is at the end of a thing; send an object mask to move it`
  return { code: 'thing_bends', message, drag }
}

const longer = ({ width, height }: Size) => Math.max(width, height)
