/**
 * The edit before it is run: things with their masks, drags, prompt and options, with undo and redo.
 * Pure functions over immutable values.
 */

import type { Drag, Point, Size } from '../../../shared/drag.ts'
import { dilated } from '../../../shared/geometry/dilated.ts'
import { defaultField, type FieldKind } from '../../../shared/geometry/fields/part-fields.ts'
import { defaultShadows, type ShadowKind } from '../../../shared/instant/light/shadow-kind.ts'
import { isWhite, type Mask, maskOfThings } from '../../../shared/mask.ts'
import { forBackbones, isBackbone, type ModelName } from '../../../shared/models.ts'
import { holds, type Rectangle } from '../../../shared/segmentation/lab.ts'
import type { Stroke } from '../../../shared/segmentation/seeds.ts'

/** A thing that the user selected, in pixels of the shown copy. */
export type Thing = {
  readonly id: number
  readonly add: readonly Stroke[]
  readonly remove: readonly Stroke[]
  readonly box?: Rectangle
  readonly within?: Mask
  /** The mask that the last stroke corrects. */
  readonly previous?: Mask
  /** Clicks on the thing and off it, the first one and all corrections; absent for other corrections. */
  readonly clicks?: { readonly points: readonly Point[]; readonly off: readonly Point[] }
  /** Null while the segmenter is looking for it. */
  readonly mask: Mask | null
  /** Masks of several sizes that its click may mean, smallest first, with `mask` among them. */
  readonly candidates?: readonly Mask[]
  /** Id of the thing that it will be one with, if they touch, as soon as its outline is found. */
  readonly joins?: number
  /** True for a mask from a file, which is used as it is until it is corrected. */
  readonly given?: boolean
}

/** The request's optional fields that the page offers, without the prompt. */
export type DraftOptions = {
  readonly model: ModelName
  readonly steps?: number
  readonly seed?: number
  readonly lambda?: number
  readonly lambdaSchedule?: 'cosine' | 'constant'
  readonly lambdaBy?: 'step' | 'sigma'
  readonly lambdaUntil?: number
  readonly injected?: 'joint' | 'alone'
  readonly paaUntil?: number
  readonly strategy?: 'reverse-user' | 'forward-source' | 'reverse-inferred'
  readonly pre?: boolean
  readonly preBlocks?: 'single' | 'all'
  readonly oam?: boolean
  readonly vacated?: 'paper' | 'drop' | 'keep'
  readonly rim?: 'keep' | 'clear'
  readonly border?: number
  readonly feather?: number
  readonly workingArea?: 'photo' | 'region' | 'auto'
  readonly detail?: 'photo' | 'model'
  readonly profile?: 'default' | 'paper'
  readonly field?: FieldKind
  readonly shadows?: ShadowKind
}

/** One state of the edit. Drags are in pixels of the full photo. */
export type Draft = {
  readonly things: readonly Thing[]
  readonly drags: readonly Drag[]
  readonly prompt: string
  readonly options: DraftOptions
  /** What changes with the things but is no part of them, such as a shadow; in the size of the shown copy. */
  readonly affects?: Mask
}

export const emptyDraft: Draft = {
  things: [],
  drags: [],
  prompt: '',
  options: { model: 'instant' },
}

/**
 * The prompt and the options as they are sent. What the model does not read stays in the draft, for the
 * next model, and is not sent.
 */
export function asked({ prompt, options, things }: Draft): Readonly<Record<string, unknown>> {
  const isFound = foundThings(things).length > 0
  const all = {
    ...(prompt !== '' && { prompt }),
    // A thing may be in pieces, such as a dog behind a post, of which only one has a handle.
    ...(isFound && { scope: 'thing' }),
    ...options,
  }
  if (isBackbone(options.model)) {
    const { field: _, shadows: __, ...read } = all
    return read
  }
  const read = Object.entries(all).filter(([name]) => !(name in forBackbones))
  return { ...Object.fromEntries(read), seed: fillSeed(options) }
}

/** The field that moves the things of an edit, in the preview as in the result. */
export function fieldOf({ model, profile, field }: DraftOptions): FieldKind {
  return isBackbone(model) ? 'inverse-distance' : (field ?? defaultField(profile))
}

/** What happens to shadows that nobody marked, in the preview as in the result. */
export function shadowsOf({ profile, shadows }: DraftOptions): ShadowKind {
  return shadows ?? defaultShadows(profile)
}

/** The seed of an instant edit: the preview's fill and the run's are the same. */
export function fillSeed({ seed = 1 }: DraftOptions): number {
  return seed
}

/** A draft with its undo and redo steps. */
export type History = {
  readonly past: readonly Draft[]
  readonly now: Draft
  readonly future: readonly Draft[]
}

export const begin = (now: Draft): History => ({ past: [], now, future: [] })

export type Change =
  /** A step that can be undone. */
  | { readonly type: 'step'; readonly to: (now: Draft) => Draft }
  /** Continues the last step, such as a drag that is still moving. */
  | { readonly type: 'amend'; readonly to: (now: Draft) => Draft }
  /** A mask that was found. It is set in every state that contains its thing. */
  | { readonly type: 'found'; readonly thing: Thing; readonly mask: Mask }
  /** A better mask for a thing that still has another one, in every such state. */
  | {
      readonly type: 'refound'
      readonly id: number
      readonly before: Mask
      readonly mask: Mask
      readonly candidates: readonly Mask[]
      /** Pixels of the shown copy per pixel of the photo. */
      readonly scale: number
    }
  /** Changes every state, with what was found meanwhile. */
  | { readonly type: 'everywhere'; readonly to: (draft: Draft) => Draft }
  | { readonly type: 'undo' }
  | { readonly type: 'redo' }
  | { readonly type: 'reset'; readonly to: History }

/** A kept history. Things whose outline was not found yet are gone; nobody looks for them any more. */
export function restored({ past, now, future }: History): History {
  const found = (draft: Draft): Draft => ({
    ...draft,
    things: draft.things.filter(({ mask }) => mask !== null).map(({ joins: _, ...thing }) => thing),
  })
  return { past: past.map(found), now: found(now), future: future.map(found) }
}

const MAX_STEPS = 200

export function changed(history: History, change: Change): History {
  const { past, now, future } = history
  switch (change.type) {
    case 'step':
      return { past: [...past, now].slice(-MAX_STEPS), now: change.to(now), future: [] }
    case 'amend':
      return { past, now: change.to(now), future }
    case 'found': {
      const found = (draft: Draft) => withMask(draft, change.thing, change.mask)
      return { past: past.map(found), now: found(now), future: future.map(found) }
    }
    case 'refound': {
      const found = (draft: Draft) => withBetterMask(draft, change)
      return { past: past.map(found), now: found(now), future: future.map(found) }
    }
    case 'everywhere':
      return { past: past.map(change.to), now: change.to(now), future: future.map(change.to) }
    case 'undo': {
      const before = past.at(-1)
      return before === undefined
        ? history
        : { past: past.slice(0, -1), now: before, future: [now, ...future] }
    }
    case 'redo': {
      const [next, ...rest] = future
      return next === undefined ? history : { past: [...past, now], now: next, future: rest }
    }
    case 'reset':
      return change.to
  }
}

/** Things whose outline was found, in the order of their numbers in a mask of all: the first is 1. */
export function foundThings(
  things: readonly Thing[],
): readonly (Thing & { readonly mask: Mask })[] {
  return things.filter((thing): thing is Thing & { readonly mask: Mask } => thing.mask !== null)
}

/**
 * The mask of all things, each dilated by `rim` pixels so that none of its edge stays behind between
 * tokens, but not over another; null if there are no things.
 */
export function movingMask(things: readonly Thing[], rim: number): Mask | null {
  const found = foundThings(things)
  const wide = found.map(({ mask, given }) =>
    given === true ? mask.data : dilated(mask.data, mask, rim),
  )
  return together(
    found.map(({ mask }) => mask),
    wide,
  )
}

/** The mask of all things as they were found. */
export function outlines(things: readonly Thing[]): Mask | null {
  const masks = foundThings(things).map(({ mask }) => mask)
  return together(
    masks,
    masks.map(({ data }) => data),
  )
}

/** Of several things at a pixel, the topmost has it; what a thing is dilated by has it last of all. */
function together(masks: readonly Mask[], wide: readonly Uint8Array[]): Mask | null {
  const [first] = masks
  if (first === undefined) return null
  const own = maskOfThings(
    first,
    masks.map(({ data }) => data),
  )
  const rims = maskOfThings(first, wide)
  const things = rims.things.map((number, at) => own.things[at] || number)
  return { ...rims, things }
}

/** The topmost thing at a point of the shown copy. */
export function thingAt(things: readonly Thing[], at: Point): Thing | null {
  return things.findLast(({ mask }) => mask !== null && isWhite(mask, at)) ?? null
}

/**
 * The topmost thing whose outline is still looked for and that is meant by a point: one in its box or lasso,
 * or at most `near` pixels of the shown copy from what it was selected by.
 */
export function soughtAt(things: readonly Thing[], at: Point, near: number): Thing | null {
  const isMeant = ({ box, within, add }: Thing) => {
    if (within !== undefined) return isWhite(within, at)
    if (box !== undefined) return holds(box, at)
    return add.some(({ points }) =>
      points.some(({ x, y }) => Math.hypot(x - at.x, y - at.y) <= near),
    )
  }
  return things.findLast((thing) => thing.mask === null && isMeant(thing)) ?? null
}

/** Sets the mask of a thing, unless the thing was corrected in the meantime. */
function withMask(draft: Draft, thing: Thing, mask: Mask): Draft {
  if (!draft.things.includes(thing)) return draft
  return { ...draft, things: draft.things.map((one) => (one === thing ? { ...one, mask } : one)) }
}

/** Sets another mask of a thing, unless a handle that was on the thing would be beside it. */
function withBetterMask(
  draft: Draft,
  { id, before, mask, candidates, scale }: Extract<Change, { type: 'refound' }>,
): Draft {
  const thing = draft.things.find((one) => one.id === id && one.mask === before)
  const lost = draft.drags.some(({ handle: { x, y } }) => {
    const at = { x: x * scale, y: y * scale }
    return isWhite(before, at) && !isWhite(mask, at)
  })
  if (thing === undefined || lost) return draft
  return withThing(draft, { ...thing, mask, candidates })
}

/** The thing with the next larger or smaller candidate; the same where there is none. */
export function stepped(thing: Thing, by: 1 | -1): Thing {
  const { candidates = [], mask } = thing
  const at = mask === null ? -1 : candidates.indexOf(mask)
  const next = at < 0 ? undefined : candidates[at + by]
  return next === undefined ? thing : { ...thing, mask: next }
}

export function withThing(draft: Draft, thing: Thing): Draft {
  const known = draft.things.some(({ id }) => id === thing.id)
  const things = known
    ? draft.things.map((other) => (other.id === thing.id ? thing : other))
    : [...draft.things, thing]
  return { ...draft, things }
}

/** The end of a drag that the user moves; a pin moves as a whole. */
export type End = keyof Drag | 'both'

export function movedEnd(drag: Drag, end: End, to: Point): Drag {
  return end === 'both' ? { handle: to, target: to } : { ...drag, [end]: to }
}

/** Drags whose targets are moved together, as far as all of them stay in the photo. */
export function movedBy(
  drags: readonly Drag[],
  indices: readonly number[],
  by: Point,
  { width, height }: Size,
): Drag[] {
  const targets = indices.flatMap((index) => drags[index]?.target ?? [])
  const clamped = (value: number, least: number, most: number) =>
    Math.max(least, Math.min(most, value))
  const xs = targets.map(({ x }) => x)
  const ys = targets.map(({ y }) => y)
  const dx = clamped(by.x, -Math.min(...xs), width - Math.max(...xs))
  const dy = clamped(by.y, -Math.min(...ys), height - Math.max(...ys))
  return drags.map((drag, i) =>
    indices.includes(i)
      ? { ...drag, target: { x: drag.target.x + dx, y: drag.target.y + dy } }
      : drag,
  )
}

export function withDrag(draft: Draft, index: number, drag: Drag): Draft {
  return { ...draft, drags: draft.drags.map((other, i) => (i === index ? drag : other)) }
}

/** Removes a thing, and its drags unless another thing contains their handles. */
export function withoutThing(draft: Draft, id: number, scale: number): Draft {
  const things = draft.things.filter((thing) => thing.id !== id)
  const gone = draft.things.filter((thing) => thing.id === id)
  const drags = draft.drags.filter(({ handle }) => {
    const at = { x: handle.x * scale, y: handle.y * scale }
    return thingAt(gone, at) === null || thingAt(things, at) !== null
  })
  return { ...draft, things, drags }
}
