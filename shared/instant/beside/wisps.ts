/**
 * Twigs, hairs and whiskers that a mask leaves of a thing: they go with it. Behind them lies what is around them,
 * spread smoothly; what differs from that is theirs.
 */

import type { Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import { rising } from '../../geometry/rising.ts'
import type { Pixels, Rectangle } from '../../segmentation/lab.ts'
import { boxOf, cropped, grown, pasted } from '../box.ts'
import type { CutOut } from '../cut-out.ts'
import { boxMean } from '../outline/guided-filter.ts'
import { forEachPart } from '../outline/islands.ts'
import { nearestFlagged } from '../outline/nearest.ts'
import { scaleOf } from '../scale.ts'
import { SHADED, SHADED_COARSE } from './aura.ts'
import { hairsOf } from './hairs.ts'
import { type Cells, cellsOf, roughnessOf, spreadCells } from './in-cells.ts'
import type { Flagged, Inside } from './in-small.ts'
import { twigsOf } from './twigs.ts'

/** So near the thing its colours are in the ground's, in pixels of a photo of a million. */
const BLURRED = 3
/** What differs less from what is around it is noise; from the second on, nothing of it is. In RGB. */
const NOISE = 3
const CLEAR = 9
/** Between colours whose squared distance is not well above this, shares mean little. */
const ALIKE = 900
/** What is so far from every mix of the ground and the thing's colour is opaque. */
const OPAQUE = 110

/** Gaps of up to twice this are of a lock of hair, in pixels of a photo of a million. */
const CLOSED = 3
/** It has to differ by so many times the deviation of the ground so far around it: beyond that it may be ground, too. */
const ROUGHER = 3
const AROUND = 12
const WHITE = 255
/** A thing whose colours are so far from the ground's shows by them how much of a pixel it covers. */
const APART = 60
/** A colour lighter than white takes a share of at most so many times as much as is likely. */
const MOST = 2
/** So far along the border what lies between wisps may be of the thing, too, in pixels of a photo of a million. */
const ALONG = 8
/** What was found is shown less and less within about this of its end. */
const FADE = 2
/** So near the frame nothing is taken along. */
const FRAME = 4
/** What is seen less joins nothing to the thing, and neither do gaps of more than twice this, in pixels of a photo of a million. */
const FAINT = 0.08
const GAP = 1

/**
 * 1 for what is narrow beside a thing, in the smallest rectangle around it; null if there is nothing.
 *
 * @param aura of the thing: what is narrow in its soft shadow is the shadow's edge, and torn out it would leave notches
 */
export function wispsOf(photo: Pixels, thing: Inside, aura: Flagged): Flagged | null {
  const { width, height } = photo
  const flags = new Uint8Array(width * height)
  for (const { flags: found, ...part } of [twigsOf(photo, thing), hairsOf(photo, thing)])
    for (let at = found.indexOf(1); at !== -1; at = found.indexOf(1, at + 1)) {
      const [x, y] = [part.left + (at % part.width), part.top + Math.floor(at / part.width)]
      if (!thing.stays(x, y) && !isSoftShadow(aura, x, y)) flags[y * width + x] = 1
    }
  const found = boxOf(flags, photo)
  if (found === null) return null
  const gap = Math.round(CLOSED * scaleOf(photo))
  const box = grown(found, gap, photo)
  const narrow = cropped(flags, photo, box, 1)
  const inside = cropped(thing.inside, photo, box, 1)
  const whole = closed(
    narrow.map((flag, at) => flag | inside[at]!),
    box,
    gap,
  )
  for (let at = 0; at < whole.length; at++) {
    const [x, y] = [box.left + (at % box.width), box.top + Math.floor(at / box.width)]
    const isOther = inside[at] === 1 || thing.stays(x, y) || isSoftShadow(aura, x, y)
    if (narrow[at] === 0 && isOther) whole[at] = 0
  }
  return { ...box, flags: whole }
}

/** Flags without the gaps that are at most twice as wide (morphological closing). */
function closed(flags: Uint8Array, size: Size, gap: number): Uint8Array {
  const open = dilated(flags, size, gap).map((flag) => 1 - flag)
  return dilated(open, size, gap).map((flag) => 1 - flag)
}

function isSoftShadow({ left, top, width, height, flags }: Flagged, x: number, y: number): boolean {
  const [col, row] = [x - left, y - top]
  if (col < 0 || row < 0 || col >= width || row >= height) return false
  const flag = flags[row * width + col]
  return flag === SHADED || flag === SHADED_COARSE
}

/** A cut-out with what is narrow beside it. */
export function withWisps(photo: Pixels, cut: CutOut, wisps: Flagged | null): CutOut {
  if (wisps === null) return cut
  const box = enclosing(cut, wisps)
  const rgba = new Uint8ClampedArray(cropped(photo.data, photo, box, 4))
  const seen = rgba.slice()
  const alpha = new Float32Array(box.width * box.height)
  const inBox = ({ left, top, ...size }: Rectangle): Rectangle => ({
    ...size,
    left: left - box.left,
    top: top - box.top,
  })
  pasted(cut.rgba, rgba, box, inBox(cut), 4)
  for (let row = 0; row < cut.height; row++)
    alpha.set(
      cut.alpha.subarray(row * cut.width, (row + 1) * cut.width),
      (row + cut.top - box.top) * box.width + cut.left - box.left,
    )
  const narrow = new Uint8Array(alpha.length)
  pasted(wisps.flags, narrow, box, inBox(wisps), 1)
  const scale = scaleOf(photo)
  const side = Math.max(1, Math.round(scale))
  const thing = Uint8Array.from(alpha, (share) => Number(share > 0))
  const near = dilated(thing, box, Math.round(BLURRED * scale))
  join(narrow, alpha, near, box, scale)
  leaveFrame(narrow, box, photo, Math.ceil(FRAME * scale))
  const around = cellsOf(seen, box, side, (at) => near[at] === 0 && narrow[at] === 0)
  const own = cellsOf(rgba, box, side, (at) => alpha[at]! >= 0.999)
  const ground = spreadCells(around)
  const rough = roughnessOf(around, Math.round((AROUND * scale) / side))
  const nearest = nearestFlagged(
    Uint8Array.from(own.counts, (count) => Number(count > 0)),
    own,
  )
  const fading = fadingOf(narrow, thing, box, Math.round(FADE * scale))
  const behind = new Float64Array(3)
  for (let at = narrow.indexOf(1); at !== -1; at = narrow.indexOf(1, at + 1)) {
    const [x, y] = [at % box.width, Math.floor(at / box.width)]
    const cell = Math.floor(y / side) * own.width + Math.floor(x / side)
    const from = nearest[cell]!
    let [off, way, along, least] = [0, 0, 0, 0]
    for (let i = 0; i < 3; i++) {
      behind[i] = ground(x, y, i)
      const whole = from === -1 ? 0 : own.means[3 * from + i]! - behind[i]!
      const difference = seen[4 * at + i]! - behind[i]!
      off += difference * difference
      way += whole * whole
      along += whole * difference
      // There is nothing lighter than white, or darker than black.
      const room = difference > 0 ? WHITE - behind[i]! : behind[i]!
      least = Math.max(least, Math.abs(difference) / Math.max(1, room))
    }
    off = Math.sqrt(off)
    const most = ROUGHER * rough[cell]!
    const isClear = rising(Math.sqrt(way) - most, NOISE, APART)
    // What is no mix of the ground and the thing's colour has another: a white whisker of a dark cat.
    const mixed = Math.max(0, Math.min(1, (isClear * along) / (way + ALIKE)))
    const apart = Math.sqrt(Math.max(0, off * off - 2 * mixed * along + mixed * mixed * way))
    const likely = Math.max(mixed, apart / OPAQUE)
    const share = Math.min(1, Math.max(likely, Math.min(least, MOST * likely)))
    const shown = fading(at) * share * rising(off - most, NOISE, CLEAR)
    if (shown <= alpha[at]!) continue
    alpha[at] = shown
    for (let i = 0; i < 3; i++)
      rgba[4 * at + i] = behind[i]! + (seen[4 * at + i]! - behind[i]!) / share
  }
  dropCrumbs(alpha, box, own, Math.round((GAP * scale) / side))
  return { ...box, rgba, alpha }
}

/** Closes the gaps between wisps along the thing's border: what is not its own differs little from the ground. */
function join(
  narrow: Uint8Array,
  alpha: Float32Array,
  near: Uint8Array,
  size: Size,
  scale: number,
): void {
  const along = dilated(narrow, size, Math.round(ALONG * scale))
  for (let at = 0; at < narrow.length; at++)
    if (along[at] === 1 && near[at] === 1 && alpha[at]! < 0.999) narrow[at] = 1
}

/** What is at the frame may be the photo's border, or go on: it stays. */
function leaveFrame(narrow: Uint8Array, box: Rectangle, photo: Size, by: number): void {
  for (let y = 0, at = 0; y < box.height; y++)
    for (let x = 0; x < box.width; x++, at++) {
      const [u, v] = [box.left + x, box.top + y]
      if (Math.min(u, v, photo.width - 1 - u, photo.height - 1 - v) < by) narrow[at] = 0
    }
}

/** How much of a pixel is shown: less and less towards the end of what was found, where the ground may be another than it seems. */
function fadingOf(
  narrow: Uint8Array,
  thing: Uint8Array,
  size: Size,
  by: number,
): (at: number) => number {
  const shares = boxMean(
    Float32Array.from(narrow, (flag, at) => flag | thing[at]!),
    size,
    by,
  )
  return (at) => Math.max(0, 2 * shares[at]! - 1)
}

/** Leaves only what hangs together with the thing, across gaps. @param own the cells of the thing */
function dropCrumbs(alpha: Float32Array, { width }: Size, own: Cells, gap: number): void {
  const cellAt = (at: number) =>
    Math.floor(Math.floor(at / width) / own.side) * own.width + Math.floor((at % width) / own.side)
  const shown = new Uint8Array(own.counts.length)
  for (let at = 0; at < alpha.length; at++) if (alpha[at]! > FAINT) shown[cellAt(at)] = 1
  const crumbs = new Uint8Array(shown.length)
  forEachPart(dilated(shown, own, gap), 1, own, (part) => {
    if (!part.some((cell) => own.counts[cell]! > 0)) for (const cell of part) crumbs[cell] = 1
  })
  if (crumbs.indexOf(1) === -1) return
  for (let at = 0; at < alpha.length; at++) if (crumbs[cellAt(at)] === 1) alpha[at] = 0
}

function enclosing(one: Rectangle, other: Rectangle): Rectangle {
  const [left, top] = [Math.min(one.left, other.left), Math.min(one.top, other.top)]
  const right = Math.max(one.left + one.width, other.left + other.width)
  const bottom = Math.max(one.top + one.height, other.top + other.height)
  return { left, top, width: right - left, height: bottom - top }
}
