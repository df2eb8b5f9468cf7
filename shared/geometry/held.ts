/** What pins hold: tokens and mask pixels whose photo pixels do not change. */

import { type Drag, isPin, type Size } from '../drag.ts'
import type { Mask } from '../mask.ts'
import { forEachNeighbour, tokenIndexAt } from '../token-grid.ts'
import type { DragPlan } from './plan.ts'

/** Tokens by flat index, and pixels of a mask; null if no pin is on a part of the mask that stays. */
export type Held = { readonly tokens: readonly number[]; readonly pixels: Mask | null }

/** What of a plan decides what pins hold. */
type Moves = Pick<DragPlan, 'grid' | 'sourceMask' | 'targets' | 'sources'>

/**
 * What the pins of an edit hold; null without pins. A pin always holds its own token. On a thing that
 * moves, it also holds the tokens around it that keep their place; on a part of the mask that does
 * not move, the whole part, by its pixels.
 */
export function heldByPins(
  image: Size,
  drags: readonly Drag[],
  mask: Mask,
  plan: Moves,
): Held | null {
  const pins = drags.filter(isPin)
  if (pins.length === 0) return null
  const moving = new Set(plan.sourceMask)
  const still = new Set(plan.targets.filter((target, i) => plan.sources[i] === target))
  const tokens = new Set<number>()
  const pixels = new Uint8Array(mask.data.length)
  for (const { handle } of pins) {
    const own = tokenIndexAt(handle, image, plan.grid)
    tokens.add(own)
    // The pixel at the pin may have its centre in the next token.
    tokens.add(tokenIndexAt(centreOfPixel(handle, image), image, plan.grid))
    if (moving.has(own)) addAround(own, still, plan, tokens)
    else addPart(handle, image, mask, plan, moving, pixels)
  }
  return {
    tokens: [...tokens].sort((a, b) => a - b),
    pixels: pixels.includes(1) ? { width: mask.width, height: mask.height, data: pixels } : null,
  }
}

function centreOfPixel({ x, y }: Drag['handle'], { width, height }: Size) {
  return {
    x: Math.min(width - 1, Math.floor(x)) + 0.5,
    y: Math.min(height - 1, Math.floor(y)) + 0.5,
  }
}

/** Adds the tokens that keep their place and are connected to a pin's. */
function addAround(
  own: number,
  still: ReadonlySet<number>,
  { grid }: Moves,
  tokens: Set<number>,
): void {
  const open = [own]
  for (const token of open)
    forEachNeighbour(token, grid, (next) => {
      if (!still.has(next) || tokens.has(next)) return
      tokens.add(next)
      open.push(next)
    })
}

/** Adds the connected pixels of the mask at a pin, unless they belong to something that moves. */
function addPart(
  { x, y }: Drag['handle'],
  image: Size,
  { width, height, data, things }: Mask,
  { grid }: Moves,
  moving: ReadonlySet<number>,
  pixels: Uint8Array,
): void {
  const col = Math.min(width - 1, Math.floor((x * width) / image.width))
  const row = Math.min(height - 1, Math.floor((y * height) / image.height))
  const first = row * width + col
  if (data[first] !== 1 || pixels[first] === 1) return
  const isMoving = (at: number) => {
    const point = { x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 }
    return moving.has(tokenIndexAt(point, { width, height }, grid))
  }
  const size = { rows: height, cols: width }
  const found = new Uint8Array(data.length)
  const open = [first]
  found[first] = 1
  let stays = true
  for (const at of open) {
    if (isMoving(at)) stays = false
    if (!stays) return
    forEachNeighbour(at, size, (next) => {
      if (data[next] !== 1 || found[next] === 1) return
      if (things !== undefined && (things[next] !== things[first] || isMoving(next))) return
      found[next] = 1
      open.push(next)
    })
  }
  for (const at of open) pixels[at] = 1
}
