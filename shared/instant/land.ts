/** Draws cut-out things where they land. */

import type { Size } from '../drag.ts'
import { type Hull, insideHull } from '../geometry/hull.ts'
import { CELL, type Cells, type Run, sweep } from '../geometry/pixel-field.ts'
import type { Pixels, Rectangle } from '../segmentation/lab.ts'
import { cutOut } from './cut-out.ts'
import { movement } from './displace.ts'
import { addSample } from './sample.ts'
import type { Thing } from './things.ts'

/** Most samples per pixel and side where a thing shrinks. */
const MAX_SAMPLES = 4

/** Everything that lands in a rectangle: by pixel colours times alpha, and alpha. */
export type Landed = Rectangle & { readonly rgba: Float32Array; readonly alpha: Float32Array }

/** Things are drawn in the given order, each over those before it. */
export function drawLandings(photo: Pixels, things: readonly Thing[]): Landed {
  const cells = things.map(({ landing }) => cellsAround(landing, photo))
  const left = Math.min(...cells.map((one) => one.left))
  const top = Math.min(...cells.map((one) => one.top))
  const right = Math.max(...cells.map((one) => Math.min(photo.width, one.left + CELL * one.cols)))
  const bottom = Math.max(...cells.map((one) => Math.min(photo.height, one.top + CELL * one.rows)))
  const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)]
  const landed = {
    left,
    top,
    width,
    height,
    rgba: new Float32Array(4 * width * height),
    alpha: new Float32Array(width * height),
  }
  things.forEach((thing, i) => {
    draw(photo, thing, cells[i]!, landed)
  })
  return landed
}

function draw(photo: Pixels, thing: Thing, cells: Cells, landed: Landed): void {
  const { reverse, landing } = thing
  const cut = cutOut(photo, thing.outline)
  const { width, height } = photo
  const wanted = (col: number, row: number) => {
    const left = cells.left + col * CELL
    const top = cells.top + row * CELL
    return touches(landing, left, top)
  }
  const sum = new Float64Array(5)
  const draw: Run = (x, y, count, dx, dy, stepX, stepY) => {
    if (y >= height) return
    let at = (y - landed.top) * landed.width + x - landed.left
    for (let i = 0; i < count && x + i < width; i++, at++) {
      let moveX = dx + i * stepX
      let moveY = dy + i * stepY
      const factor = movement(moveX, moveY)
      if (factor === 0) continue
      moveX *= factor
      moveY *= factor
      // Where the thing shrinks, several samples per pixel: the field's step says by how much.
      const stretch = Math.max(Math.abs(1 + stepX), Math.abs(1 - stepY))
      const n = Math.min(MAX_SAMPLES, Math.max(1, Math.ceil(stretch - 0.1)))
      sum.fill(0)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < n; k++) {
          const offX = (k + 0.5) / n - 0.5
          const offY = (j + 0.5) / n - 0.5
          const fromX = x + i + 0.5 + moveX + offX * stretch
          const fromY = y + 0.5 + moveY + offY * stretch
          addSample(cut, fromX, fromY, sum)
        }
      over(landed, at, sum, n * n)
    }
  }
  sweep(reverse, cells, wanted, draw)
}

/** Puts a sum of samples over what has landed at a pixel. */
function over({ rgba, alpha }: Landed, at: number, sum: Float64Array, count: number): void {
  const own = Math.min(1, sum[4]! / count)
  if (own <= 0) return
  for (let i = 0; i < 4; i++) rgba[4 * at + i] = sum[i]! / count + (1 - own) * rgba[4 * at + i]!
  alpha[at] = own + (1 - own) * alpha[at]!
}

/** Whether a cell may touch the hull: any corner or its centre inside. */
function touches(hull: Hull, left: number, top: number): boolean {
  for (const x of [left, left + CELL / 2, left + CELL])
    for (const y of [top, top + CELL / 2, top + CELL]) if (insideHull(hull, x, y)) return true
  return false
}

function cellsAround(hull: Hull, { width, height }: Size): Cells {
  const within = (value: number, most: number) => Math.max(0, Math.min(most, value))
  const least = (values: Float64Array) => values.reduce((a, b) => Math.min(a, b))
  const most = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b))
  const left = CELL * Math.floor(within(least(hull.u), width) / CELL)
  const top = CELL * Math.floor(within(least(hull.v), height) / CELL)
  return {
    left,
    top,
    cols: Math.ceil((within(most(hull.u), width) - left) / CELL),
    rows: Math.ceil((within(most(hull.v), height) - top) / CELL),
  }
}
