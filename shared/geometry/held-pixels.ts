/** What pins hold where pixels move, not tokens: as held.ts for plans. */

import { type Drag, isPin, type Size } from '../drag.ts'
import { isOnMask, type Mask, thingOnMask } from '../mask.ts'
import { forEachNeighbour } from '../token-grid.ts'
import type { Displacement } from './displacement.ts'

/** What of a thing that moves decides what pins hold. */
export type MovingPixels = {
  /** 1 for its pixels. */
  readonly owned: Uint8Array
  /** Where a pixel of it moves; exactly 0 where it keeps its place. */
  readonly displacement: (x: number, y: number, out: Displacement) => Displacement
}

/**
 * 1 for each pixel of the photo that a pin holds; null without pins. A pin always holds its own pixel.
 * On a thing that moves, it also holds the pixels around it that keep their place; on a part of the
 * mask that does not move, the whole part.
 */
export function heldPixels(
  photo: Size,
  mask: Mask,
  drags: readonly Drag[],
  things: readonly MovingPixels[],
): Uint8Array | null {
  const pins = drags.filter(isPin)
  if (pins.length === 0) return null
  const { width, height } = photo
  const held = new Uint8Array(width * height)
  const d: Displacement = { du: 0, dv: 0 }
  for (const { handle } of pins) {
    const x = Math.min(width - 1, Math.floor(handle.x))
    const y = Math.min(height - 1, Math.floor(handle.y))
    const own = y * width + x
    const thing = things.find(({ owned }) => owned[own] === 1)
    if (thing !== undefined) {
      addConnected(own, photo, held, (at) => {
        if (thing.owned[at] === 0) return false
        thing.displacement((at % width) + 0.5, Math.floor(at / width) + 0.5, d)
        return d.du === 0 && d.dv === 0
      })
    } else if (isOnMask(mask, photo, x, y)) {
      const moving = (at: number) => things.some(({ owned }) => owned[at] === 1)
      const pinned = thingOnMask(mask, photo, x, y)
      addConnected(own, photo, held, (at) => {
        const there = thingOnMask(mask, photo, at % width, Math.floor(at / width))
        return there === pinned && !moving(at)
      })
    }
    held[own] = 1
  }
  return held
}

/** Marks the pixels that are connected to one and satisfy a condition. */
function addConnected(
  first: number,
  { width, height }: Size,
  held: Uint8Array,
  satisfies: (at: number) => boolean,
): void {
  if (held[first] === 1 || !satisfies(first)) return
  held[first] = 1
  const open = [first]
  for (let at = open.pop(); at !== undefined; at = open.pop())
    forEachNeighbour(at, { rows: height, cols: width }, (next) => {
      if (held[next] === 1 || !satisfies(next)) return
      held[next] = 1
      open.push(next)
    })
}
