/** Draws cut-out things where they land. */

import type { Size } from '../../drag.ts'
import { type Landing, landingOf } from '../../geometry/fields/landing.ts'
import { CELL, type Run, sweep } from '../../geometry/fields/pixel-field.ts'
import type { Rectangle } from '../../segmentation/lab.ts'
import type { CutOut } from '../cut-out.ts'
import type { Thing } from '../things.ts'
import { withBeyond } from './beyond-frame.ts'
import { movement } from './displace.ts'
import { addSample } from './sample.ts'

/** Most samples per pixel and side where a thing shrinks. */
const MAX_SAMPLES = 4

/**
 * Everything that lands in a rectangle: by pixel colours times alpha, and alpha. `still` is 1 for the
 * pixels of things that are drawn nowhere else.
 */
export type Landed = Rectangle & {
  readonly rgba: Float32Array
  readonly alpha: Float32Array
  readonly still: Uint8Array
}

/** Things are drawn in the given order, each over those before it. @param own their cut-outs */
export function drawLandings(
  photo: Size,
  things: readonly Thing[],
  own: readonly CutOut[],
): Landed {
  const cuts = things.map(({ beyond }, i) => withBeyond(own[i]!, beyond))
  const landings = things.map(({ reverse }, i) => landingOf(reverse, cuts[i]!, photo))
  const cells = landings.map((landing) => landing.cells)
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
    still: new Uint8Array(width * height),
  }
  things.forEach((thing, i) => {
    draw(photo, thing, cuts[i]!, landings[i]!, landed)
  })
  return landed
}

function draw(
  { width, height }: Size,
  { owned, reverse }: Thing,
  cut: CutOut,
  landing: Landing,
  landed: Landed,
): void {
  const sum = new Float64Array(5)
  const draw: Run = (x, y, count, dx, dy, stepX, stepY, downX, downY) => {
    if (y >= height) return
    // Where the thing shrinks, several samples per pixel: the field's steps say by how much.
    const stretch = Math.max(Math.hypot(1 + stepX, stepY), Math.hypot(downX, 1 + downY))
    const n = Math.min(MAX_SAMPLES, Math.max(1, Math.ceil(stretch - 0.1)))
    let at = (y - landed.top) * landed.width + x - landed.left
    for (let i = 0; i < count && x + i < width; i++, at++) {
      let moveX = dx + i * stepX
      let moveY = dy + i * stepY
      const factor = movement(moveX, moveY)
      if (factor === 0) {
        if (owned[y * width + x + i] === 1) landed.still[at] = 1
        continue
      }
      moveX *= factor
      moveY *= factor
      sum.fill(0)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < n; k++) {
          const offX = (k + 0.5) / n - 0.5
          const offY = (j + 0.5) / n - 0.5
          const fromX = x + i + 0.5 + moveX + offX * (1 + stepX) + offY * downX
          const fromY = y + 0.5 + moveY + offX * stepY + offY * (1 + downY)
          addSample(cut, fromX, fromY, sum)
        }
      over(landed, at, sum, n * n)
    }
  }
  sweep(reverse, landing.cells, landing.wanted, draw)
}

/** Puts a sum of samples over what has landed at a pixel. */
function over({ rgba, alpha }: Landed, at: number, sum: Float64Array, count: number): void {
  const own = Math.min(1, sum[4]! / count)
  if (own <= 0) return
  for (let i = 0; i < 4; i++) rgba[4 * at + i] = sum[i]! / count + (1 - own) * rgba[4 * at + i]!
  alpha[at] = own + (1 - own) * alpha[at]!
}
