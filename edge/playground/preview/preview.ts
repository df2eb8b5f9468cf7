/**
 * Previews drags while the pointer moves: warps things to their targets, and fills what they leave
 * behind smoothly, with a hatch. Uses the geometry of the edit (spec: correspondence) per pixel instead
 * of per token. Once the pointer is up, the picture of the instant edit is shown instead.
 */

import type { Drag, Size } from '../../../shared/drag.ts'
import { landingOf } from '../../../shared/geometry/fields/landing.ts'
import { type FieldOptions, partFields } from '../../../shared/geometry/fields/part-fields.ts'
import { CELL, sweep } from '../../../shared/geometry/fields/pixel-field.ts'
import {
  type MaskPart,
  type SourceMask,
  sourceMask,
  type ThingTokens,
  thingTokens,
} from '../../../shared/geometry/source-mask.ts'
import { type Mask, tokenCoverage } from '../../../shared/mask.ts'
import type { Pixels, Rectangle } from '../../../shared/segmentation/lab.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import { nearestPart } from './nearest-part.ts'
import { plate } from './plate.ts'

/** Width of the stripes of the hatch, in pixels. */
const STRIPE = 6

/** The rectangle that changed. */
export type Dirty = {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** A photo, an object mask, and the picture with the drags applied. */
export class Preview {
  readonly width: number
  readonly height: number
  /** The current picture as RGBA. */
  readonly bytes: Uint8ClampedArray<ArrayBuffer>
  readonly #photo: Uint32Array
  readonly #pixels: Pixels
  readonly #grid: TokenGrid
  readonly #out: Uint32Array
  #mask: Mask | null = null
  #coverage: Int32Array | null = null
  #things: ThingTokens | null = null
  /** The photo without its things. */
  #plate: Uint32Array | null = null
  /** The photo with moving parts removed and hatched, and the labels of those parts. */
  #vacated: Uint32Array | null = null
  #label: Int32Array | null = null
  /** By pixel: 0 if it stays, otherwise 1 + the index of its part. */
  readonly #owner: Uint8Array
  #dirty: Dirty | null = null

  /** @param grid the token grid of the edit */
  constructor(photo: Pixels, grid: TokenGrid) {
    const { width, height, data } = photo
    this.width = width
    this.height = height
    this.#pixels = photo
    this.#grid = grid
    this.#photo = new Uint32Array(data.buffer, data.byteOffset, width * height)
    this.#out = this.#photo.slice()
    this.bytes = new Uint8ClampedArray(this.#out.buffer as ArrayBuffer)
    this.#owner = new Uint8Array(width * height)
  }

  /** @param mask object mask of the photo's size */
  setMask(mask: Mask | null): void {
    this.#mask = mask
    this.#coverage = mask === null ? null : tokenCoverage(mask, this.#grid)
    this.#things = mask === null ? null : thingTokens(mask, this.#grid)
    this.#plate = null
    this.#label = null
  }

  /**
   * Draws the picture with the drags applied. @returns what changed since the last call
   * @throws EditError as the edit would, for a drag that does not fit the mask
   */
  draw(drags: readonly Drag[], options: FieldOptions): Dirty {
    const before = this.#dirty
    const moving = drags.some(
      ({ handle, target }) => handle.x !== target.x || handle.y !== target.y,
    )
    if (this.#mask === null || this.#coverage === null || !moving) {
      this.#out.set(this.#photo)
      this.#label = null
      this.#dirty = null
      return { left: 0, top: 0, right: this.width, bottom: this.height }
    }
    const source = sourceMask(
      this,
      this.#grid,
      drags,
      this.#coverage,
      this.#mask.width * this.#mask.height,
      'thing',
      this.#things,
    )
    const fresh = this.#own(source)
    const vacated = this.#vacated as Uint32Array
    if (fresh) this.#out.set(vacated)
    else if (before !== null) copyRows(vacated, this.#out, this.width, before)
    // If two parts overlap, the one whose first drag has the smaller index wins, so it is drawn last.
    const order = source.parts
      .map((part, number) => ({ part, number }))
      .sort((a, b) => b.part.drags[0]! - a.part.drags[0]!)
    const drawn = order.map(({ part, number }) => this.#land(part, number, drags, options))
    this.#dirty = around(drawn)
    if (fresh) return { left: 0, top: 0, right: this.width, bottom: this.height }
    return around(before === null ? [this.#dirty] : [before, this.#dirty])
  }

  /** Finds the pixels that move. @returns true if they changed since the last call */
  #own(source: SourceMask): boolean {
    const same = this.#label?.every((value, token) => value === source.label[token])
    if (same === true) return false
    const { width, height } = this
    const { rows, cols } = this.#grid
    const mask = this.#mask as Mask
    this.#plate ??= plate(this.#pixels, mask)
    this.#label = source.label
    this.#vacated = this.#photo.slice()
    const hatched = this.#plate
    const partOf = new Map(source.parts.map(({ thing }, number) => [thing, number]))
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.floor((y * rows) / height)
      for (let x = 0; x < width; x++, at++) {
        this.#owner[at] = 0
        if (mask.data[at] === 0) continue
        const part =
          mask.things === undefined
            ? nearestPart(source.label, Math.floor((x * cols) / width), row, this.#grid)
            : (partOf.get(mask.things[at]!) ?? -1)
        if (part === -1) continue
        this.#owner[at] = part + 1
        this.#vacated[at] = (x + y) % (2 * STRIPE) < STRIPE ? hatched[at]! : lighter(hatched[at]!)
      }
    }
    return true
  }

  /** Draws one part at its target. */
  #land(part: MaskPart, number: number, drags: readonly Drag[], options: FieldOptions): Dirty {
    const { width, height } = this
    const { reverse } = partFields(this, this.#grid, drags, part, options)
    const { cells, wanted } = landingOf(reverse, boxOf(part, this.#grid, this), this)
    const [photo, out, owner] = [this.#photo, this.#out, this.#owner]
    const own = number + 1
    sweep(reverse, cells, wanted, (x, y, count, dx, dy, stepX, stepY) => {
      if (y >= height) return
      const end = Math.min(count, width - x)
      let fromX = x + 0.5 + dx
      let fromY = y + 0.5 + dy
      for (let i = 0, at = y * width + x; i < end; i++, at++) {
        const col = Math.floor(fromX)
        const row = Math.floor(fromY)
        fromX += 1 + stepX
        fromY += stepY
        if (col < 0 || row < 0 || col >= width || row >= height) continue
        const from = row * width + col
        if (owner[from] === own) out[at] = photo[from]!
      }
    })
    return {
      left: cells.left,
      top: cells.top,
      right: Math.min(width, cells.left + cells.cols * CELL),
      bottom: Math.min(height, cells.top + cells.rows * CELL),
    }
  }
}

/** Around the pixels of a part, which may be in the tokens beside its own, too. */
function boxOf({ tokens }: MaskPart, { rows, cols }: TokenGrid, size: Size): Rectangle {
  let [left, top, right, bottom] = [cols, rows, 0, 0]
  for (const token of tokens) {
    const row = Math.floor(token / cols)
    const col = token - row * cols
    left = Math.min(left, col - 1)
    right = Math.max(right, col + 2)
    top = Math.min(top, row - 1)
    bottom = Math.max(bottom, row + 2)
  }
  const [across, down] = [size.width / cols, size.height / rows]
  return {
    left: left * across,
    top: top * down,
    width: (right - left) * across,
    height: (bottom - top) * down,
  }
}

function around(parts: readonly Dirty[]): Dirty {
  return {
    left: Math.min(...parts.map(({ left }) => left)),
    top: Math.min(...parts.map(({ top }) => top)),
    right: Math.max(...parts.map(({ right }) => right)),
    bottom: Math.max(...parts.map(({ bottom }) => bottom)),
  }
}

function copyRows(from: Uint32Array, to: Uint32Array, width: number, part: Dirty): void {
  for (let y = part.top; y < part.bottom; y++)
    to.set(from.subarray(y * width + part.left, y * width + part.right), y * width + part.left)
}

/** A colour moved a third of the way to white; RGBA as a little-endian word. */
function lighter(word: number): number {
  const channel = (shift: number) => {
    const value = (word >>> shift) & 255
    return (value + Math.round((255 - value) / 3)) << shift
  }
  return ((255 << 24) | channel(16) | channel(8) | channel(0)) >>> 0
}
