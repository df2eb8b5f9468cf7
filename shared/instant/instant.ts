/**
 * Edits a photo without a model: cuts things out, moves them by the edit's own displacement field,
 * and fills what they leave behind from the rest of the photo.
 */

import type { Drag, Size } from '../drag.ts'
import { heldPixels } from '../geometry/held-pixels.ts'
import { isOnMask, type Mask, thingOnMask } from '../mask.ts'
import type { InstantStage } from '../models.ts'
import type { Pixels } from '../segmentation/lab.ts'
import { cropped } from './box.ts'
import { displacementAt } from './displace.ts'
import { fillHole } from './fill/fill.ts'
import { drawLandings, type Landed } from './land.ts'
import { nearestFlagged } from './outline/nearest.ts'
import { scaleOf } from './scale.ts'
import { type Geometry, movingThings, type Thing } from './things.ts'

/** The vacated place is filled this much further out, in pixels of a photo of a million. */
const RIM = 4

export type InstantEdit = {
  readonly drags: readonly Drag[]
  /** White on the things, of the photo's aspect ratio. */
  readonly mask: Mask
  readonly geometry: Geometry
  /** Of the fill's random search. */
  readonly seed: number
  /** Pixels outside it do not change; null for no limit. */
  readonly within: Mask | null
}

/**
 * The edited photo, RGBA of the same size. Pixels that nothing moves from or to are unchanged, and so
 * are those that pins hold.
 *
 * @param onStage called at the end of each stage
 * @throws EditError as the plan of the same drags
 */
export function editInstantly(
  photo: Pixels,
  edit: InstantEdit,
  onStage: (done: InstantStage) => void = () => {},
): Uint8ClampedArray<ArrayBuffer> {
  const { out, hole, closed, landed, seen } = start(photo, edit)
  onStage('cut-out')
  if (seen.indexOf(1) !== -1) fillHole({ ...photo, data: out }, hole, closed, edit.seed, seen)
  onStage('fill')
  composite(out, photo, landed)
  onStage('draw')
  return out
}

/** The same, with the holes filled by something else. @param fill fills in place */
export async function editInstantlyWith(
  fill: (photo: Pixels, hole: Uint8Array, closed: Uint8Array, seed: number) => Promise<void>,
  photo: Pixels,
  edit: InstantEdit,
  onStage: (done: InstantStage) => void,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const { out, hole, closed, landed, seen } = start(photo, edit)
  onStage('cut-out')
  if (seen.indexOf(1) !== -1) await fill({ ...photo, data: out }, hole, closed, edit.seed)
  onStage('fill')
  composite(out, photo, landed)
  onStage('draw')
  return out
}

/** What has moved, and what is to be filled in a copy of the photo. */
function start(photo: Pixels, edit: InstantEdit) {
  const { drags, mask, geometry, within } = edit
  const things = movingThings(photo, mask, drags, geometry)
  const landed = drawLandings(photo, things)
  const { hole, closed } = vacated(photo, things, mask)
  const out = new Uint8ClampedArray(photo.data)
  if (within !== null) keep(photo, (x, y) => !isOnMask(within, photo, x, y), hole, landed)
  const pinned = things.map(({ owned, forward }) => ({
    owned,
    displacement: displacementAt.bind(null, forward),
  }))
  const held = heldPixels(photo, mask, drags, pinned)
  if (held !== null) keep(photo, (x, y) => held[y * photo.width + x] === 1, hole, landed)
  return { out, hole, closed, landed, seen: seenOf(photo, hole, landed) }
}

/**
 * The pixels to fill: those of the moving things and a rim around them, where something moves away,
 * also where something lands on them: the old colours there are not what lies beside. `closed` are
 * those and everything that moves.
 */
function vacated(
  photo: Pixels,
  things: readonly Thing[],
  mask: Mask,
): { hole: Uint8Array; closed: Uint8Array } {
  const { width, height } = photo
  const hole = new Uint8Array(width * height)
  const closed = new Uint8Array(width * height)
  const rim = Math.round(RIM * scaleOf(photo))
  const d = { du: 0, dv: 0 }
  for (const { owned, outline: part, forward, reverse } of things) {
    // What the mask holds goes away even where it is not the thing: it may be its shadow.
    const gone = cropped(owned, photo, part, 1).map((flag, at) => flag | part.inside[at]!)
    const nearest = nearestFlagged(gone, part)
    for (let row = 0; row < part.height; row++)
      for (let col = 0; col < part.width; col++) {
        const from = nearest[row * part.width + col]!
        const across = col - (from % part.width)
        const down = row - Math.floor(from / part.width)
        if (across * across + down * down > rim * rim) continue
        const [x, y] = [part.left + col, part.top + row]
        // A thing that touches this one does not lose its edge with it.
        if (isOfAnother(mask, photo, x, y, owned)) continue
        closed[y * width + x] = 1
        // Near a pin one of the fields may say that nothing moves: then the pixel stays as it is.
        const moves = [forward, reverse].every((field) => {
          displacementAt(field, x + 0.5, y + 0.5, d)
          return d.du !== 0 || d.dv !== 0
        })
        if (!moves) continue
        hole[y * width + x] = 1
      }
  }
  return { hole, closed }
}

/** Whether a pixel is of a thing on the mask, but not of those in `owned`. */
function isOfAnother(mask: Mask, photo: Size, x: number, y: number, owned: Uint8Array): boolean {
  if (mask.things === undefined || owned[y * photo.width + x] === 1) return false
  return thingOnMask(mask, photo, x, y) !== 0
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
