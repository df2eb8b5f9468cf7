/**
 * The things of an edit at the photo's own resolution: which pixels move, with which drags, and their
 * fields. Uses the geometry of the edit on a grid of single pixels (of small squares for a large
 * photo), so that thin things and short drags are exact.
 */

import type { Drag, Point, Size } from '../drag.ts'
import { boundDrags, fadingFields } from '../geometry/fields/fading.ts'
import { type FieldOptions, type PartFields, partFields } from '../geometry/fields/part-fields.ts'
import { pressedFields } from '../geometry/fields/pressed.ts'
import { type MaskPart, type Scope, sourceMask, thingTokens } from '../geometry/source-mask.ts'
import { isOnMask, type Mask, thingOnMask, tokenCoverage } from '../mask.ts'
import type { Pixels, Rectangle } from '../segmentation/lab.ts'
import type { TokenGrid } from '../token-grid.ts'
import { boxOf, type Outline } from './box.ts'
import { fixedOf } from './fixed.ts'
import { type Beyond, beyondOf } from './motion/beyond-frame.ts'
import { displacementAt } from './motion/displace.ts'
import { leaving, withRemains } from './outline/leaving.ts'
import { settledOutline } from './outline/outline.ts'
import type { Beside } from './outline/remains.ts'

/** Most squares of the grid. */
const MAX_SQUARES = 1_000_000

/** A thing that moves. */
export type Thing = PartFields & {
  /** 1 for the mask's pixels on it, in the whole photo, and the rectangle around them. */
  readonly owned: Uint8Array
  readonly box: Rectangle
  /** Where it ends, by colour: what is cut out. */
  readonly outline: Outline
  /** What of the photo goes away with it. */
  readonly gone: Outline
  /** What it has beyond the frame. */
  readonly beyond: Beyond
  readonly shortened: readonly ShortenedDrag[]
}

/** A drag that its thing cannot follow, by its index, and the part of the way that it goes. */
export type ShortenedDrag = { readonly drag: number; readonly share: number }

/** How the drags are read; see the options of a plan. */
export type Geometry = FieldOptions & { readonly scope: Scope }

/** What stays, and what changes in another way, as `InstantEdit` says; null without any. */
export type Others = {
  readonly fixed: Mask | null
  readonly within: Mask | null
  readonly mostStretch?: number | undefined
  readonly affects: Mask | null
}

/**
 * The moving things, in the order in which they are drawn: one that overlaps another is drawn later
 * if its first drag comes earlier.
 *
 * @throws EditError `handle_outside_mask`, `nothing_moves`
 */
export function movingThings(
  photo: Pixels,
  mask: Mask,
  drags: readonly Drag[],
  { scope, ...options }: Geometry,
  others: Others,
): Thing[] {
  const { fixed, affects } = others
  const grid = squaresOf(photo)
  const full = mask.width * mask.height
  const apart = scope === 'thing' ? thingTokens(mask, grid) : null
  const source = sourceMask(photo, grid, drags, tokenCoverage(mask, grid), full, scope, apart)
  const things = source.parts.map((part, number) => {
    const owned =
      part.thing === undefined
        ? pixelsOf(source.label, number, grid, photo, mask)
        : pixelsOfThing(part.thing, source.label, number, grid, photo, mask)
    const fields = fieldsOf(photo, grid, drags, part, options, owned, mask, others)
    const box = boxOf(owned, photo) ?? { left: 0, top: 0, width: 0, height: 0 }
    const settled = settledOutline(photo, owned, box, (x, y) => isOnMask(mask, photo, x, y))
    const exact = leaving(photo, owned, settled)
    const d = { du: 0, dv: 0 }
    const beside: Beside = {
      stays: (x, y) =>
        (isOnMask(mask, photo, x, y) && owned[y * photo.width + x] === 0) ||
        (affects !== null && isOnMask(affects, photo, x, y)),
      way: (x, y) => {
        displacementAt(fields.forward, x + 0.5, y + 0.5, d)
        return Math.hypot(d.du, d.dv)
      },
    }
    // An object mask says where its thing ends; a mask that was found may have left something.
    const { outline, gone } = fixed === null ? exact : withRemains(photo, exact, beside)
    const own = part.drags.map((index) => drags[index]!)
    const beyond = beyondOf(outline, fields.forward, photo, own)
    const thing: Thing = {
      owned,
      box,
      outline,
      gone,
      ...fields,
      beyond,
    }
    return { thing, first: part.drags[0]! }
  })
  return things.sort((a, b) => b.first - a.first).map(({ thing }) => thing)
}

function fieldsOf(
  photo: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  part: MaskPart,
  options: FieldOptions,
  owned: Uint8Array,
  mask: Mask,
  { fixed, within, mostStretch }: Others,
): PartFields & Pick<Thing, 'shortened'> {
  if (fixed === null) return { ...partFields(photo, grid, drags, part, options), shortened: [] }
  const own = part.drags.map((index) => drags[index]!)
  const stays = fixedOf(photo, owned, mask, fixed, own)
  const bound = boundDrags(own, stays, mostStretch)
  const fields = partFields(photo, grid, bound, { ...part, drags: [...bound.keys()] }, options)
  const shortened = part.drags.flatMap((drag, i) => {
    const share = lengthOf(bound[i]!) / lengthOf(own[i]!)
    return share < 1 ? [{ drag, share }] : []
  })
  const fading = fadingFields(photo, bound, stays, fields)
  if (within === null) return { ...fading, shortened }
  const mayChange = ({ x, y }: Point) => isIn(within, photo, x, y)
  return { ...pressedFields(photo, owned, bound, mayChange, fading), shortened }
}

/** Whether a place is on the white of a mask; beyond the photo, there is no limit. */
function isIn(mask: Mask, photo: Size, x: number, y: number): boolean {
  const [col, row] = [Math.floor(x), Math.floor(y)]
  const isBeyond = col < 0 || row < 0 || col >= photo.width || row >= photo.height
  return isBeyond || isOnMask(mask, photo, col, row)
}

const lengthOf = ({ handle, target }: Drag) => Math.hypot(target.x - handle.x, target.y - handle.y)

/** The grid of the geometry: single pixels, or small squares in a large photo. */
export function squaresOf({ width, height }: Size): TokenGrid {
  const side = Math.max(1, Math.ceil(Math.sqrt((width * height) / MAX_SQUARES)))
  return { rows: Math.ceil(height / side), cols: Math.ceil(width / side) }
}

/** The mask's pixels in a part, and the squares of handles that the mask misses. */
function pixelsOf(
  label: Int32Array,
  number: number,
  { rows, cols }: TokenGrid,
  photo: Size,
  mask: Mask,
): Uint8Array {
  const { width, height } = photo
  const owned = new Uint8Array(width * height)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height)
    for (let x = 0; x < width; x++, at++) {
      const col = Math.floor((x * cols) / width)
      if (label[row * cols + col] === number) owned[at] = 1
      else if (isOnMask(mask, photo, x, y) && beside(label, number, row, col, rows, cols))
        owned[at] = 1
    }
  }
  return owned
}

/** The pixels of a thing, and the squares of its handles that the mask misses. */
function pixelsOfThing(
  thing: number,
  label: Int32Array,
  number: number,
  { rows, cols }: TokenGrid,
  photo: Size,
  mask: Mask,
): Uint8Array {
  const { width, height } = photo
  const owned = new Uint8Array(width * height)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * cols
    for (let x = 0; x < width; x++, at++) {
      const there = thingOnMask(mask, photo, x, y)
      const missed = there === 0 && label[row + Math.floor((x * cols) / width)] === number
      if (there === thing || missed) owned[at] = 1
    }
  }
  return owned
}

/** Whether a neighbouring square is of the part: the mask covers a square at its edge by less than half. */
function beside(
  label: Int32Array,
  number: number,
  row: number,
  col: number,
  rows: number,
  cols: number,
): boolean {
  if (label[row * cols + col] !== -1) return false
  for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++)
    for (let c = Math.max(0, col - 1); c <= Math.min(cols - 1, col + 1); c++)
      if (label[r * cols + c] === number) return true
  return false
}
