/**
 * Previews drags while the pointer moves: warps things to their targets, and fills what they leave
 * behind smoothly, with a hatch. Uses the geometry of the edit (spec: correspondence) per pixel instead
 * of per token. Once the pointer is up, the picture of the instant edit is shown instead.
 */

import type { Drag } from '../../../shared/drag.ts'
import { dragFields } from '../../../shared/geometry/correspondence.ts'
import { type Displacement, evaluateField } from '../../../shared/geometry/displacement.ts'
import { convexHull, type Hull, insideHull } from '../../../shared/geometry/hull.ts'
import { CELL, type Cells, type PixelField, sweep } from '../../../shared/geometry/pixel-field.ts'
import { type MaskPart, type SourceMask, sourceMask } from '../../../shared/geometry/source-mask.ts'
import { type Mask, tokenCoverage } from '../../../shared/mask.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'
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
    this.#plate = null
    this.#label = null
  }

  /**
   * Draws the picture with the drags applied. @returns what changed since the last call
   * @throws EditError as the edit would, for a drag that does not fit the mask
   */
  draw(drags: readonly Drag[], power = 2): Dirty {
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
      'component',
    )
    const fresh = this.#own(source)
    const vacated = this.#vacated as Uint32Array
    if (fresh) this.#out.set(vacated)
    else if (before !== null) copyRows(vacated, this.#out, this.width, before)
    // If two parts overlap, the one whose first drag has the smaller index wins, so it is drawn last.
    const order = source.parts
      .map((part, number) => ({ part, number }))
      .sort((a, b) => b.part.drags[0]! - a.part.drags[0]!)
    const drawn = order.map(({ part, number }) => this.#land(part, number, drags, power))
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
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.floor((y * rows) / height)
      for (let x = 0; x < width; x++, at++) {
        this.#owner[at] = 0
        if (mask.data[at] === 0) continue
        const part = nearestPart(source.label, Math.floor((x * cols) / width), row, this.#grid)
        if (part === -1) continue
        this.#owner[at] = part + 1
        this.#vacated[at] = (x + y) % (2 * STRIPE) < STRIPE ? hatched[at]! : lighter(hatched[at]!)
      }
    }
    return true
  }

  /** Draws one part at its target. */
  #land(part: MaskPart, number: number, drags: readonly Drag[], power: number): Dirty {
    const { width, height } = this
    const { rows, cols } = this.#grid
    const { forward, reverse } = dragFields(this, this.#grid, drags, part, power)
    const hull = landing(part, this.#grid, forward)
    const scaleX = cols / width
    const scaleY = rows / height
    const cells = cellsAround(hull, scaleX, scaleY, width, height)
    const wanted = (col: number, row: number) => {
      const x = cells.left + (col + 0.5) * CELL
      const y = cells.top + (row + 0.5) * CELL
      // The hull is wider than the edit's, so its rim is not cut into steps.
      return insideHull(hull, x * scaleX - 0.5, y * scaleY - 0.5)
    }
    const field: PixelField = { field: reverse, scaleX, scaleY }
    const [photo, out, owner] = [this.#photo, this.#out, this.#owner]
    const own = number + 1
    sweep(field, cells, wanted, (x, y, count, dx, dy, stepX, stepY) => {
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

/** The hull of a part's displaced tokens, one token wider than in the edit. */
function landing(
  { tokens }: MaskPart,
  grid: TokenGrid,
  forward: Parameters<typeof evaluateField>[0],
): Hull {
  const u = new Float64Array(4 * tokens.length)
  const v = new Float64Array(4 * tokens.length)
  const d: Displacement = { du: 0, dv: 0 }
  tokens.forEach((token, i) => {
    const row = Math.floor(token / grid.cols)
    const col = token - row * grid.cols
    evaluateField(forward, col, row, d)
    for (let corner = 0; corner < 4; corner++) {
      u[4 * i + corner] = col + d.du + (corner % 2 === 0 ? -1.5 : 1.5)
      v[4 * i + corner] = row + d.dv + (corner < 2 ? -1.5 : 1.5)
    }
  })
  return convexHull(u, v)
}

function cellsAround(
  hull: Hull,
  scaleX: number,
  scaleY: number,
  width: number,
  height: number,
): Cells {
  const pixel = (value: number, scale: number, most: number) =>
    Math.max(0, Math.min(most, (value + 0.5) / scale))
  const floor = (value: number) => CELL * Math.floor(value / CELL)
  const left = floor(pixel(Math.min(...hull.u), scaleX, width))
  const top = floor(pixel(Math.min(...hull.v), scaleY, height))
  const right = pixel(Math.max(...hull.u), scaleX, width)
  const bottom = pixel(Math.max(...hull.v), scaleY, height)
  return {
    left,
    top,
    cols: Math.ceil((right - left) / CELL),
    rows: Math.ceil((bottom - top) / CELL),
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
