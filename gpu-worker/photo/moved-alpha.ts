/**
 * Transparency follows what moves: the backbone knows only colours, so the photo's alpha is moved by
 * the plan.
 */

import type { Size } from '../../shared/drag.ts'
import type { DragPlan } from '../../shared/geometry/plan.ts'
import { forEachNeighbour, type TokenGrid } from '../../shared/token-grid.ts'
import type { Kept } from './kept.ts'
import { forEachPixelBeside, spreadInto } from './spread.ts'

/** What of a plan the alpha depends on. */
type Moves = Pick<DragPlan, 'grid' | 'sourceMask' | 'targets' | 'sources'>

/**
 * The alpha of the result. What is left behind is as transparent as its surroundings, and what lands
 * is drawn over what is there.
 *
 * A thing with transparency all around it moves to its last pixel, up to one token outside the source
 * tokens. Of anything else, exactly the source tokens move.
 *
 * @param kept pixels whose alpha does not change; null if there are none
 */
export function movedAlpha(
  alpha: Uint8Array,
  photo: Size,
  plan: Moves,
  kept: Kept | null,
): Uint8Array {
  if (alpha.every((value) => value === 255)) return alpha
  const tokens = tokensOfPixels(photo, plan.grid)
  const moving = movingPixels(alpha, photo, plan, tokens)
  const result = leftBehind(alpha, photo, moving)
  const shifts = shiftsOf(plan)
  for (let y = 0; y < photo.height; y++)
    for (let x = 0; x < photo.width; x++) {
      const at = y * photo.width + x
      const shift = shifts.get(tokens(x, y))
      if (shift === undefined) continue
      const fromX = x + Math.round((shift.cols * photo.width) / plan.grid.cols)
      const fromY = y + Math.round((shift.rows * photo.height) / plan.grid.rows)
      if (fromX < 0 || fromY < 0 || fromX >= photo.width || fromY >= photo.height) continue
      const from = fromY * photo.width + fromX
      if (moving[from] === 1) result[at] = over(alpha[from] as number, result[at] as number)
    }
  if (kept !== null)
    for (let i = 0; i < alpha.length; i++)
      if (kept(i % photo.width, Math.floor(i / photo.width))) result[i] = alpha[i] as number
  return result
}

/** Porter and Duff's "over", for alphas of 0 to 255. */
function over(front: number, back: number): number {
  return front + Math.round((back * (255 - front)) / 255)
}

/** The token that contains a pixel's centre. */
function tokensOfPixels(photo: Size, { rows, cols }: TokenGrid): (x: number, y: number) => number {
  const colOf = Array.from({ length: photo.width }, (_, x) =>
    Math.floor(((x + 0.5) * cols) / photo.width),
  )
  const rowOf = Array.from({ length: photo.height }, (_, y) =>
    Math.floor(((y + 0.5) * rows) / photo.height),
  )
  return (x, y) => (rowOf[y] as number) * cols + (colOf[x] as number)
}

/** From where each token's pixels come; tokens beside the targets come with them. */
function shiftsOf({ grid, targets, sources }: Moves) {
  const shifts = new Map<number, { readonly rows: number; readonly cols: number }>()
  targets.forEach((target, i) => {
    const source = sources[i] as number
    shifts.set(target, {
      rows: Math.floor(source / grid.cols) - Math.floor(target / grid.cols),
      cols: (source % grid.cols) - (target % grid.cols),
    })
  })
  for (const target of targets) {
    const shift = shifts.get(target)
    forEachNeighbour(target, grid, (token) => {
      if (shift !== undefined && !shifts.has(token)) shifts.set(token, shift)
    })
  }
  return shifts
}

/** 1 for each pixel that moves and is not fully transparent. */
function movingPixels(
  alpha: Uint8Array,
  photo: Size,
  { grid, sourceMask }: Moves,
  tokens: (x: number, y: number) => number,
): Uint8Array {
  const OUTSIDE = 0
  const BESIDE = 1
  const SOURCE = 2
  const zones = new Uint8Array(grid.rows * grid.cols)
  for (const token of sourceMask) {
    zones[token] = SOURCE
    forEachNeighbour(token, grid, (beside) => {
      if (zones[beside] === OUTSIDE) zones[beside] = BESIDE
    })
  }
  const zoneOf = (i: number) =>
    zones[tokens(i % photo.width, Math.floor(i / photo.width))] as number
  const seen = new Uint8Array(alpha.length)
  const moving = new Uint8Array(alpha.length)
  for (let start = 0; start < alpha.length; start++) {
    if (seen[start] === 1 || alpha[start] === 0 || zoneOf(start) !== SOURCE) continue
    const thing = [start]
    let alone = true
    seen[start] = 1
    for (const i of thing)
      forEachPixelBeside(i, photo, (next) => {
        if (seen[next] === 1 || alpha[next] === 0) return
        if (zoneOf(next) === OUTSIDE) alone = false
        else {
          seen[next] = 1
          thing.push(next)
        }
      })
    for (const i of thing) if (alone || zoneOf(i) === SOURCE) moving[i] = 1
  }
  return moving
}

/** The alpha without what moves: each pixel of it gets that of the nearest pixel that stays. */
function leftBehind(alpha: Uint8Array, photo: Size, moving: Uint8Array): Uint8Array {
  const result = alpha.slice()
  spreadInto(moving, photo, (to, from) => {
    result[to] = result[from] as number
  })
  return result
}
