/**
 * Cut-outs with the wisps beside them. Behind a wisp lies what is around it, spread smoothly; what differs from that is the
 * wisp's.
 */

import type { Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import { rising } from '../../geometry/rising.ts'
import type { Pixels, Rectangle } from '../../segmentation/lab.ts'
import { cropped, enclosing, pasted } from '../box.ts'
import type { CutOut } from '../cut-out.ts'
import { forEachPart } from '../outline/islands.ts'
import { nearestFlagged } from '../outline/nearest.ts'
import { scaleOf } from '../scale.ts'
import { type Cells, cellsOf, roughnessOf, spreadCells } from './in-cells.ts'
import type { Wisps } from './wisps.ts'

/** So near the thing its colours are in the ground's, in pixels of a photo of a million, as all lengths. */
const BLURRED = 3
/** Differences in RGB: up to the first it is noise, from the second on none of it is. */
const NOISE = 3
const CLEAR = 9
/** A ground's roughness is its deviation within this distance. */
const AROUND = 12
/** A wisp differs by more than so many times that: less may be ground. */
const ROUGHER = 3
/** A thing shows by its colours how much of a pixel it covers where they are so far from the ground's, in RGB. */
const APART = 60
/** Between colours whose squared distance is not well above this, shares mean little. */
const ALIKE = 900
/** What is so far from every mix of the ground and the thing's colour is opaque, in RGB. */
const OPAQUE = 110
const WHITE = 255
/** Where a colour would have to be lighter than white, or darker than black, a share is at most so many times larger than is likely. */
const MOST = 2
/** Within this of the end of what was found, less and less is shown: the ground may be another than it seems there. */
const FADE = 2
/** Only what is as opaque as this joins wisps to the thing, across gaps of up to twice the second. */
const FAINT = 0.08
const GAP = 1
/** So far around what is shown, colours matter where it is drawn between pixels. */
const TAPS = 2

/**
 * A cut-out with what shows where wisps may be: beside it, and at its soft edge, where a wisp begins. The same cut-out for
 * null.
 */
export function withWisps(photo: Pixels, cut: CutOut, wisps: Wisps | null): CutOut {
  if (wisps === null) return cut
  const scale = scaleOf(photo)
  const box = enclosing(cut, wisps)
  const inBox = ({ left, top, ...size }: Rectangle): Rectangle => ({
    ...size,
    left: left - box.left,
    top: top - box.top,
  })
  const seen = new Uint8ClampedArray(cropped(photo.data, photo, box, 4))
  const rgba = seen.slice()
  pasted(cut.rgba, rgba, box, inBox(cut), 4)
  const border = new Float32Array(box.width * box.height)
  for (let row = 0; row < cut.height; row++)
    border.set(
      cut.alpha.subarray(row * cut.width, (row + 1) * cut.width),
      (row + cut.top - box.top) * box.width + cut.left - box.left,
    )
  const [narrow, others] = [new Uint8Array(border.length), new Uint8Array(border.length)]
  pasted(wisps.flags, narrow, box, inBox(wisps), 1)
  pasted(wisps.others, others, box, inBox(wisps), 1)
  const thing = Uint8Array.from(border, (share) => Number(share > 0))
  const near = dilated(thing, box, Math.round(BLURRED * scale))
  const beside = dilated(narrow, box, Math.round(BLURRED * scale))
  const shown = shownIn(
    { seen, rgba, border },
    (at) => narrow[at] === 1 || (beside[at] === 1 && thing[at] === 1 && border[at]! < 1),
    (at) => near[at] === 0 && narrow[at] === 0 && others[at] === 0,
    box,
    scale,
    (at) => narrow[at] === 1 || thing[at] === 1,
  )
  return { ...box, ...shown, border }
}

/** A picture, a cut-out's colours in it, and its alpha. */
type Found = {
  readonly seen: Uint8ClampedArray
  readonly rgba: Uint8ClampedArray
  readonly border: Float32Array
}

/**
 * Colours and alpha with the wisps.
 *
 * @param isWisp whether one may be there
 * @param isGround whether a pixel shows what lies behind them
 * @param isFound whether it is of the thing, or a wisp may be there
 */
function shownIn(
  { seen, rgba, border }: Found,
  isWisp: (at: number) => boolean,
  isGround: (at: number) => boolean,
  box: Size,
  scale: number,
  isFound: (at: number) => boolean,
): Pick<CutOut, 'rgba' | 'alpha'> {
  const alpha = border.slice()
  const side = Math.max(1, Math.round(scale))
  const around = cellsOf(seen, box, side, isGround)
  if (!around.counts.some((count) => count > 0)) return { rgba, alpha }
  const own = cellsOf(rgba, box, side, (at) => border[at]! >= 0.5)
  const ground = spreadCells(around)
  const rough = roughnessOf(around, Math.round((AROUND * scale) / side))
  const hasOwn = Uint8Array.from(own.counts, (count) => Number(count > 0))
  const nearest = nearestFlagged(hasOwn, own)
  const behind = new Float64Array(3)
  for (let at = 0; at < alpha.length; at++) {
    if (!isWisp(at)) continue
    const [x, y] = [at % box.width, Math.floor(at / box.width)]
    const cell = cellAt(own, box, at)
    const from = nearest[cell]!
    let [off, way, along, least] = [0, 0, 0, 0]
    for (let i = 0; i < 3; i++) {
      behind[i] = ground(x, y, i)
      const whole = from === -1 ? 0 : own.means[3 * from + i]! - behind[i]!
      const difference = seen[4 * at + i]! - behind[i]!
      off += difference * difference
      way += whole * whole
      along += whole * difference
      const room = difference > 0 ? WHITE - behind[i]! : behind[i]!
      least = Math.max(least, Math.abs(difference) / Math.max(1, room))
    }
    const most = ROUGHER * rough[cell]!
    const isClear = rising(Math.sqrt(way) - most, NOISE, APART)
    // What is no mix of the ground and the thing's colour has another: a white whisker of a dark cat.
    const mixed = Math.max(0, Math.min(1, (isClear * along) / (way + ALIKE)))
    const apart = Math.sqrt(Math.max(0, off - 2 * mixed * along + mixed * mixed * way))
    const likely = Math.max(mixed, apart / OPAQUE)
    const share = Math.min(1, Math.max(likely, Math.min(least, MOST * likely)))
    const visible = rising(Math.sqrt(off) - most, NOISE, CLEAR)
    const opacity = share * visible * fading(at, isFound, box, Math.round(FADE * scale))
    if (opacity <= alpha[at]!) continue
    alpha[at] = opacity
    for (let i = 0; i < 3; i++)
      rgba[4 * at + i] = behind[i]! + (seen[4 * at + i]! - behind[i]!) / share
  }
  dropCrumbs(alpha, border, box, own, Math.round((GAP * scale) / side))
  spreadColours(rgba, alpha, border, box)
  return { rgba, alpha }
}

function cellAt({ side, width }: Cells, size: Size, at: number): number {
  return (
    Math.floor(Math.floor(at / size.width) / side) * width + Math.floor((at % size.width) / side)
  )
}

/** 1 where all around a pixel was found, and 0 at the end. */
function fading(
  at: number,
  isFound: (at: number) => boolean,
  { width, height }: Size,
  by: number,
): number {
  const [x, y] = [at % width, Math.floor(at / width)]
  const [left, right] = [Math.max(0, x - by), Math.min(width - 1, x + by)]
  const [top, bottom] = [Math.max(0, y - by), Math.min(height - 1, y + by)]
  let count = 0
  for (let v = top; v <= bottom; v++)
    for (let u = left; u <= right; u++) if (isFound(v * width + u)) count++
  return Math.max(0, (2 * count) / ((right + 1 - left) * (bottom + 1 - top)) - 1)
}

/** Leaves only what hangs together with the thing, across gaps. @param border alpha of the thing alone */
function dropCrumbs(
  alpha: Float32Array,
  border: Float32Array,
  size: Size,
  cells: Cells,
  gap: number,
): void {
  const shown = new Uint8Array(cells.counts.length)
  const thing = new Uint8Array(cells.counts.length)
  for (let at = 0; at < alpha.length; at++) {
    if (alpha[at]! <= FAINT) continue
    const cell = cellAt(cells, size, at)
    shown[cell] = 1
    if (border[at]! > FAINT) thing[cell] = 1
  }
  const crumbs = new Uint8Array(shown.length)
  forEachPart(dilated(shown, cells, gap), 1, cells, (part) => {
    if (!part.some((cell) => thing[cell] === 1)) for (const cell of part) crumbs[cell] = 1
  })
  if (crumbs.indexOf(1) === -1) return
  for (let at = 0; at < alpha.length; at++)
    if (crumbs[cellAt(cells, size, at)] === 1) alpha[at] = border[at]!
}

/** Gives what is not shown, beside wisps, their colours: between pixels both are mixed. */
function spreadColours(
  rgba: Uint8ClampedArray,
  alpha: Float32Array,
  border: Float32Array,
  { width, height }: Size,
): void {
  const has = alpha.map((share) => Number(share > 0))
  for (let reach = 1; reach <= TAPS; reach++)
    for (let at = 0; at < alpha.length; at++) {
      if (alpha[at]! <= border[at]!) continue
      const [x, y] = [at % width, Math.floor(at / width)]
      for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
        for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
          const to = v * width + u
          if (has[to] === 1) continue
          has[to] = 1
          rgba.copyWithin(4 * to, 4 * at, 4 * at + 4)
        }
    }
}
