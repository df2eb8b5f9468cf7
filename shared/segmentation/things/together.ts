/** Drags that take hold of a thing together: each at its end, and all of it between them. Pure functions. */

import type { Drag } from '../../drag.ts'
import { type Choice, graspOf } from './choice.ts'
import { areaOf, meanOf, shared } from './measures.ts'

/** A thing that a drag alone would bend. @param again as in {@link graspOf} */
export type HeldThing = { readonly drag: Drag; readonly thing: Choice; readonly again: number }

/** Drags agree if none leaves their mean by more than this part of it. */
const AGREE = 1 / 3
/** What was found for two drags is one thing if it shares this part of the smaller. */
const SAME = 0.9

/**
 * Groups of two drags and more that move a thing, because they go the same way, and one in their middle
 * would move it.
 */
export function heldTogether<Held extends HeldThing>(held: readonly Held[]): Held[][] {
  const groups: Held[][] = []
  for (const one of held) {
    const group = groups.find(([first]) => first !== undefined && isSame(first, one))
    if (group === undefined) groups.push([one])
    else group.push(one)
  }
  return groups.filter((group) => group.length > 1 && moves(group))
}

function moves(group: readonly HeldThing[]): boolean {
  const drags = group.map(({ drag }) => drag)
  const by = meanOf(drags)
  const length = Math.hypot(by.x, by.y)
  const agree = drags.every(({ handle, target }) => {
    const [x, y] = [target.x - handle.x - by.x, target.y - handle.y - by.y]
    return Math.hypot(x, y) <= AGREE * length
  })
  if (!agree) return false
  const handle = {
    x: drags.reduce((sum, drag) => sum + drag.handle.x, 0) / drags.length,
    y: drags.reduce((sum, drag) => sum + drag.handle.y, 0) / drags.length,
  }
  const mean = { handle, target: { x: handle.x + by.x, y: handle.y + by.y } }
  return group.every(({ thing, again }) => graspOf(thing, mean, again) === 'moves')
}

function isSame({ thing: one }: HeldThing, { thing: other }: HeldThing): boolean {
  const smaller = Math.min(areaOf(one.mask), areaOf(other.mask))
  return shared(one.mask, other.mask) >= SAME * smaller
}
