/**
 * Edits a photo without a model: cuts things out, moves them by the edit's own displacement field,
 * and fills what they leave behind from the rest of the photo.
 */

import type { Drag } from '../drag.ts'
import { isOnMask, type Mask } from '../mask.ts'
import type { Pixels } from '../segmentation/lab.ts'
import { scaleOf } from './cut-out.ts'
import { displacementAt } from './displace.ts'
import { fillHole } from './fill/fill.ts'
import { drawLandings, type Landed } from './land.ts'
import { nearestFlagged } from './nearest.ts'
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
 * The edited photo, RGBA of the same size. Pixels that nothing moves from or to are unchanged.
 *
 * @throws EditError as the plan of the same drags
 */
export function editInstantly(photo: Pixels, edit: InstantEdit): Uint8ClampedArray {
  const { drags, mask, geometry, seed, within } = edit
  const things = movingThings(photo, mask, drags, geometry)
  const landed = drawLandings(photo, things)
  const { hole, closed } = vacated(photo, things, landed)
  const out = new Uint8ClampedArray(photo.data)
  if (within !== null) keepOutside(photo, within, hole, landed)
  if (hole.indexOf(1) !== -1) fillHole({ ...photo, data: out }, hole, closed, seed)
  composite(out, landed)
  return out
}

/**
 * The pixels to fill: those of the moving things and a rim around them, where something moves away
 * and nothing lands. `closed` are those and everything that moves.
 */
function vacated(
  photo: Pixels,
  things: readonly Thing[],
  { alpha }: Landed,
): { hole: Uint8Array; closed: Uint8Array } {
  const { width, height } = photo
  const hole = new Uint8Array(width * height)
  const closed = new Uint8Array(width * height)
  const rim = Math.round(RIM * scaleOf(photo))
  const d = { du: 0, dv: 0 }
  for (const { owned, box, forward, reverse } of things) {
    const nearest = nearestFlagged(owned, photo)
    const bottom = Math.min(height, box.top + box.height + rim)
    const right = Math.min(width, box.left + box.width + rim)
    for (let y = Math.max(0, box.top - rim); y < bottom; y++)
      for (let x = Math.max(0, box.left - rim); x < right; x++) {
        const at = y * width + x
        const from = nearest[at]!
        const across = x - (from % width)
        const down = y - Math.floor(from / width)
        if (across * across + down * down > rim * rim) continue
        closed[at] = 1
        if (alpha[at]! >= 0.999) continue
        // Near a pin one of the fields may say that nothing moves: then the pixel stays as it is.
        const moves = [forward, reverse].every((field) => {
          displacementAt(field, x + 0.5, y + 0.5, d)
          return d.du !== 0 || d.dv !== 0
        })
        if (moves) hole[at] = 1
      }
  }
  return { hole, closed }
}

/** Leaves everything outside the editable mask as it is. */
function keepOutside(photo: Pixels, within: Mask, hole: Uint8Array, { alpha }: Landed): void {
  const { width, height } = photo
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (isOnMask(within, photo, x, y)) continue
      hole[at] = 0
      alpha[at] = 0
    }
}

function composite(out: Uint8ClampedArray, { rgba, alpha }: Landed): void {
  for (let at = 0; at < alpha.length; at++) {
    const a = alpha[at]!
    if (a === 0) continue
    for (let i = 0; i < 4; i++) out[4 * at + i] = rgba[4 * at + i]! + (1 - a) * out[4 * at + i]!
  }
}
