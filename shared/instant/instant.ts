/**
 * Edits a photo without a model: cuts things out, moves them by the edit's own displacement field,
 * and fills what they leave behind from the rest of the photo.
 */

import type { Drag, Size } from '../drag.ts'
import { heldPixels } from '../geometry/held-pixels.ts'
import { isOnMask, type Mask } from '../mask.ts'
import type { InstantStage } from '../models.ts'
import type { Pixels } from '../segmentation/lab.ts'
import { SHADED_COARSE } from './beside/aura.ts'
import { withWisps } from './beside/with-wisps.ts'
import { cutOut } from './cut-out.ts'
import { fillHole } from './fill/fill.ts'
import { type Glance, glanceOf } from './glance.ts'
import { drawShade, type Shade, type Shown, shadeOf, withoutShade } from './light/shade.ts'
import type { ShadowKind } from './light/shadow-kind.ts'
import { displacementAt } from './motion/displace.ts'
import { drawLandings, type Landed } from './motion/land.ts'
import { nearestFlagged } from './outline/nearest.ts'
import { type Geometry, movingThings, type ShortenedDrag, type Thing } from './things.ts'
import { besideOf, closeBeside, goes, vacated } from './vacated.ts'

export type InstantEdit = {
  readonly drags: readonly Drag[]
  /** White on the things, of the photo's aspect ratio. */
  readonly mask: Mask
  readonly geometry: Geometry
  /** Of the fill's random search. */
  readonly seed: number
  /** Pixels outside it do not change; null for no limit. */
  readonly within: Mask | null
  /**
   * White on what belongs to the things on the mask and stays as it is, of the mask's size: they bend or
   * stretch towards it, and where the photo's frame cuts them. Null for things that move as they are.
   */
  readonly fixed: Mask | null
  /** A drag is at most so many times as long as what lies between it and what stays; 3 where nobody says. */
  readonly mostStretch?: number | undefined
  /** White on shadows and reflections, whose light goes with the things; null if nobody marked them. */
  readonly affects: Mask | null
  /** What happens to soft shadows that nobody marked. */
  readonly shadows: ShadowKind
}

/** What is told while an edit is made. */
export type InstantEvents = {
  /** Called at the end of each stage; where others follow that take long, `look` draws what there is. */
  readonly onStage: (done: InstantStage, look?: () => Glance) => void
  /** Called for each drag that what stays has shortened. */
  readonly onShortened: (drag: ShortenedDrag) => void
}

const UNTOLD: InstantEvents = { onStage: () => {}, onShortened: () => {} }

/**
 * The edited photo, RGBA of the same size. Pixels that nothing moves from or to are unchanged, and so
 * are those that pins hold.
 *
 * @throws EditError as the plan of the same drags
 */
export function editInstantly(
  photo: Pixels,
  edit: InstantEdit,
  { onStage, onShortened } = UNTOLD,
): Uint8ClampedArray<ArrayBuffer> {
  const begun = start(photo, edit)
  const { out, hole, closed, seen } = begun
  for (const { shortened } of begun.things) for (const drag of shortened) onShortened(drag)
  onStage('cut-out', () => glanceOf(photo, begun))
  if (seen.indexOf(1) !== -1) fillHole({ ...photo, data: out }, hole, closed, edit.seed, seen)
  onStage('fill')
  draw(photo, begun)
  onStage('draw')
  return out
}

/**
 * The same, where patches follow what something else makes of the holes.
 *
 * @param guess RGB of the photo with its hole filled
 */
export async function editInstantlyWith(
  guess: (photo: Pixels, hole: Uint8Array) => Promise<Uint8Array>,
  photo: Pixels,
  edit: InstantEdit,
  { onStage, onShortened }: InstantEvents,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const begun = start(photo, edit)
  const { out, hole, closed, seen } = begun
  for (const { shortened } of begun.things) for (const drag of shortened) onShortened(drag)
  onStage('cut-out', () => glanceOf(photo, begun))
  if (seen.indexOf(1) !== -1) {
    const holed = { ...photo, data: out }
    fillHole(holed, hole, closed, edit.seed, seen, await guess(holed, hole))
  }
  onStage('fill')
  draw(photo, begun)
  onStage('draw')
  return out
}

/** What has moved, and what is to be filled in a copy of the photo. */
function start(photo: Pixels, edit: InstantEdit) {
  const { drags, mask, geometry, within, fixed, affects, shadows } = edit
  const things = movingThings(photo, mask, drags, geometry, edit)
  const outside = (x: number, y: number) => within !== null && !isOnMask(within, photo, x, y)
  const isFixed = (x: number, y: number) => fixed !== null && isOnMask(fixed, photo, x, y)
  const pinned = things.map(({ owned, forward }) => ({
    owned,
    displacement: displacementAt.bind(null, forward),
  }))
  const held = heldPixels(photo, mask, drags, pinned)
  const isHeld = (x: number, y: number) =>
    isFixed(x, y) || (held !== null && held[y * photo.width + x] === 1)
  const stays = (x: number, y: number) => isHeld(x, y) || outside(x, y)
  const beside = things.map((thing) => besideOf(photo, thing, mask, stays))
  const cuts = things.map(({ outline }, i) =>
    withWisps(photo, cutOut(photo, outline), beside[i]?.wisps ?? null),
  )
  const landed = drawLandings(photo, things, cuts)
  const { hole, closed } = vacated(photo, things, mask, fixed !== null)
  closeStill(photo, landed, hole)
  const out = new Uint8ClampedArray(photo.data)
  if (within !== null || fixed !== null || held !== null) keep(photo, stays, hole, landed)
  const shaded = new Uint8Array(hole.length)
  const fillsShadows = affects === null && shadows === 'move'
  things.forEach((thing, i) => {
    const found = beside[i]
    if (found == null) return
    const withCut = { ...found, cut: cuts[i]! }
    closeBeside(photo, thing, withCut, { hole, closed }, shaded, fillsShadows)
  })
  const isAffected = (x: number, y: number) => {
    if (affects !== null) return isOnMask(affects, photo, x, y)
    return shadows === 'move' && shaded[y * photo.width + x] !== 0
  }
  const moved = { things, hole, closed }
  const isAny = affects !== null || (shadows === 'move' && shaded.some((flag) => flag !== 0))
  const shownIn = (affected: Uint8Array): Shown => {
    if (affects !== null) return 'marked'
    const coarse = affected.reduce(
      (sum, flag, at) => sum + flag * Number(shaded[at] === SHADED_COARSE),
      0,
    )
    return 2 * coarse > affected.reduce((sum, flag) => sum + flag, 0) ? 'coarse' : 'plain'
  }
  const shades = isAny ? takeShades(photo, out, moved, isAffected, isHeld, shownIn) : []
  const kept = (x: number, y: number) => isHeld(x, y) || (outside(x, y) && !isAffected(x, y))
  return { out, things, hole, closed, landed, seen: seenOf(photo, hole, landed), shades, kept }
}

/** The light that goes with a thing. */
type ThingShade = { readonly thing: Thing; readonly shade: Shade }

/**
 * Takes the light of each thing off its affected pixels: those that are nearest to it, and move with it.
 * What is hidden there is filled, too.
 */
function takeShades(
  photo: Pixels,
  out: Uint8ClampedArray,
  { things, hole, closed }: Record<'hole' | 'closed', Uint8Array> & { things: readonly Thing[] },
  isAffected: (x: number, y: number) => boolean,
  isHeld: (x: number, y: number) => boolean,
  shownIn: (affected: Uint8Array) => Shown,
): ThingShade[] {
  const { width, height } = photo
  const parts = things.map(() => new Uint8Array(width * height))
  const nearest = things.length > 1 ? nearestFlagged(closed, photo) : null
  const thingAt = (at: number) => {
    const from = nearest === null ? at : nearest[at]!
    return Math.max(
      0,
      things.findIndex(({ owned }) => owned[from] === 1),
    )
  }
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (closed[at] === 1 || !isAffected(x, y) || isHeld(x, y)) continue
      const index = thingAt(at)
      if (goes(things[index]!, x + 0.5, y + 0.5)) parts[index]![at] = 1
    }
  return things.flatMap((thing, i) => {
    const affected = parts[i]!
    const covered = closed.map((flag, at) => flag | affected[at]!)
    const shade = shadeOf(photo, affected, covered, shownIn(affected))
    if (shade === null) return []
    withoutShade(out, photo, shade, affected, (at) => {
      hole[at] = 1
      closed[at] = 1
    })
    return [{ thing, shade }]
  })
}

/** Draws what has moved over the filled picture: first the light, then the things. */
function draw(photo: Pixels, { out, landed, shades, kept }: ReturnType<typeof start>): void {
  for (const { thing, shade } of shades) drawShade(out, photo, shade, thing, kept)
  composite(out, photo, landed)
}

/** What is not drawn elsewhere leaves no hole: fields are drawn a little less exactly than they are asked. */
function closeStill(
  { width }: Size,
  { left, top, still, ...size }: Landed,
  hole: Uint8Array,
): void {
  for (let at = still.indexOf(1); at !== -1; at = still.indexOf(1, at + 1))
    hole[(top + Math.floor(at / size.width)) * width + left + (at % size.width)] = 0
}

/** The pixels of the hole that what lands does not cover. */
function seenOf({ width }: Size, hole: Uint8Array, landed: Landed): Uint8Array {
  const seen = hole.slice()
  for (let row = 0, from = 0; row < landed.height; row++) {
    const start = (landed.top + row) * width + landed.left
    for (let col = 0; col < landed.width; col++, from++)
      if (landed.alpha[from]! >= 0.999) seen[start + col] = 0
  }
  return seen
}

/** Leaves pixels as they are. */
function keep(
  photo: Size,
  kept: (x: number, y: number) => boolean,
  hole: Uint8Array,
  landed: Landed,
): void {
  const { width, height } = photo
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (hole[at] === 1 && kept(x, y)) hole[at] = 0
    }
  for (let row = 0, at = 0; row < landed.height; row++)
    for (let col = 0; col < landed.width; col++, at++)
      if (kept(landed.left + col, landed.top + row)) {
        landed.alpha[at] = 0
        landed.rgba.fill(0, 4 * at, 4 * at + 4)
      }
}

/** Puts what has landed over the picture. */
function composite(out: Uint8ClampedArray, { width }: Size, landed: Landed): void {
  for (let row = 0, from = 0; row < landed.height; row++) {
    let at = 4 * ((landed.top + row) * width + landed.left)
    for (let col = 0; col < landed.width; col++, from++, at += 4) {
      const a = landed.alpha[from]!
      if (a === 0) continue
      for (let i = 0; i < 4; i++) out[at + i] = landed.rgba[4 * from + i]! + (1 - a) * out[at + i]!
    }
  }
}
