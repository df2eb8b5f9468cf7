/**
 * Where the preview shows things: what is seen at a point of the picture, and where a point of a thing
 * went. By the geometry of the edit, as the preview itself. Points are in pixels of the shown copy.
 */

import type { Drag, Point, Size } from '../../../shared/drag.ts'
import { isPin } from '../../../shared/drag.ts'
import { EditError } from '../../../shared/errors.ts'
import type { Displacement } from '../../../shared/geometry/displacement.ts'
import {
  type FieldOptions,
  type PartFields,
  partFields,
} from '../../../shared/geometry/fields/part-fields.ts'
import { type PixelField, pixelDisplacement } from '../../../shared/geometry/fields/pixel-field.ts'
import {
  type SourceMask,
  sourceMask,
  type ThingTokens,
  thingTokens,
} from '../../../shared/geometry/source-mask.ts'
import { isWhite, type Mask, tokenCoverage } from '../../../shared/mask.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import { type Thing, thingAt } from '../edit/draft.ts'
import { nearestPart } from './nearest-part.ts'

/** What is seen at a point. */
export type Seen = {
  readonly thing: Thing
  /** The point of the thing that is seen there, before it was moved. */
  readonly source: Point
}

/** Steps of the search for a point whose source is known. */
const SEARCH_STEPS = 8

export class Placement {
  readonly #size: Size
  readonly #grid: TokenGrid
  readonly #source: SourceMask | null
  readonly #fields: readonly PartFields[]
  readonly #mask: Mask | null

  /** @param mask what moves; null, and drags that do not fit it, leave everything in its place */
  constructor(
    size: Size,
    grid: TokenGrid,
    mask: Mask | null,
    drags: readonly Drag[],
    options: FieldOptions,
  ) {
    this.#size = size
    this.#grid = grid
    this.#mask = mask
    const source = mask === null ? null : movingParts(size, grid, mask, drags)
    this.#source = source
    this.#fields = source?.parts.map((part) => partFields(size, grid, drags, part, options)) ?? []
  }

  /**
   * The thing that is seen at a point: a moved one at its new place. What moved away is taken at its
   * old place, too. Null on bare ground.
   */
  seenAt(things: readonly Thing[], at: Point): Seen | null {
    const landed = this.landedAt(things, at)
    if (landed !== null) return landed
    const thing = thingAt(things, at)
    return thing === null ? null : { thing, source: at }
  }

  /** The moved thing that covers a point; null if what is seen there has not moved. */
  landedAt(things: readonly Thing[], at: Point): Seen | null {
    // Of two that overlap, the one whose first drag has the smaller index is on top.
    const order = (this.#source?.parts ?? [])
      .map((part, number) => ({ first: part.drags[0] ?? 0, number }))
      .sort((a, b) => a.first - b.first)
    for (const { number } of order) {
      const source = displaced(at, (this.#fields[number] as PartFields).reverse)
      const thing = this.#partOf(source) === number ? thingAt(things, source) : null
      if (thing !== null) return { thing, source }
    }
    return null
  }

  /**
   * Where an outline is seen. The thin bits of a thing that moves are shown with the rest of it.
   *
   * @param thing its number in the mask, if that tells things apart
   */
  placeOf(line: readonly Point[], thing: number): Point[] {
    if (this.#mask?.things !== undefined) {
      const fields = this.#fields[this.#partOfThing(thing)]
      return line.map((point) => (fields === undefined ? point : this.#landed(point, fields)))
    }
    const parts = line.map((point) => this.#partOf(point))
    const some = parts.find((part) => part !== -1)
    return line.map((point, i) => {
      const part = parts[i] === -1 ? some : parts[i]
      return part === undefined ? point : this.#landed(point, this.#fields[part] as PartFields)
    })
  }

  #landed(source: Point, fields: PartFields): Point {
    // The field of the targets is not the exact inverse of the handles' one, and it is what is drawn.
    let at = displaced(source, fields.forward)
    for (let step = 0; step < SEARCH_STEPS; step++) {
      const back = displaced(at, fields.reverse)
      const [dx, dy] = [source.x - back.x, source.y - back.y]
      if (Math.hypot(dx, dy) < 0.25) break
      at = { x: at.x + dx, y: at.y + dy }
    }
    return at
  }

  /** -1 for a thing that does not move. */
  #partOfThing(number: number): number {
    return this.#source?.parts.findIndex(({ thing }) => thing === number) ?? -1
  }

  #partOf({ x, y }: Point): number {
    const { width, height } = this.#size
    if (this.#source === null || x < 0 || y < 0 || x >= width || y >= height) return -1
    const thing = this.#mask?.things?.[Math.floor(y) * width + Math.floor(x)]
    if (thing !== undefined) return this.#partOfThing(thing)
    const { rows, cols } = this.#grid
    const col = Math.floor((x * cols) / width)
    const row = Math.floor((y * rows) / height)
    return nearestPart(this.#source.label, col, row, this.#grid)
  }
}

function displaced({ x, y }: Point, field: PixelField): Point {
  const d: Displacement = pixelDisplacement(field, x, y, { du: 0, dv: 0 })
  return { x: x + d.du, y: y + d.dv }
}

function movingParts(
  size: Size,
  grid: TokenGrid,
  mask: Mask,
  drags: readonly Drag[],
): SourceMask | null {
  if (drags.every(isPin)) return null
  try {
    const { coverage, things } = tokensOf(mask, grid)
    return sourceMask(size, grid, drags, coverage, mask.width * mask.height, 'thing', things)
  } catch (error) {
    // The preview says what does not fit.
    if (!(error instanceof EditError)) throw error
    return null
  }
}

type MaskTokens = {
  readonly mask: Mask
  readonly grid: TokenGrid
  readonly coverage: Int32Array
  readonly things: ThingTokens | null
}

/** Those of the last mask: while a drag follows the pointer, the mask stays the same. */
let last: MaskTokens | null = null

function tokensOf(mask: Mask, grid: TokenGrid): MaskTokens {
  if (last?.mask !== mask || last.grid !== grid)
    last = { mask, grid, coverage: tokenCoverage(mask, grid), things: thingTokens(mask, grid) }
  return last
}

/** The moving drags whose handles are on a thing. @param drags in pixels of the shown copy */
export function dragsOn(thing: Thing, things: readonly Thing[], drags: readonly Drag[]): number[] {
  return drags.flatMap((drag, index) => {
    if (isPin(drag) || thing.mask === null || !isWhite(thing.mask, drag.handle)) return []
    return thingAt(things, drag.handle) === thing ? [index] : []
  })
}
