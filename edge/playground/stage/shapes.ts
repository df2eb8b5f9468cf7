/** Things as the overlay draws them: their outlines where the preview shows them. */

import type { Point } from '../../../shared/drag.ts'
import type { Mask } from '../../../shared/mask.ts'
import { foundThings, type Thing } from '../edit/draft.ts'
import type { Placement } from '../preview/placement.ts'
import { outlinesOf } from './outline.ts'

/** A thing on the stage, in pixels of the shown copy. */
export type Shape = {
  readonly id: number
  readonly lines: readonly (readonly Point[])[]
  /** Whether it is the one that corrections apply to. */
  readonly active: boolean
  readonly tinted: boolean
}

const known = new WeakMap<Mask, Point[][]>()

/** @param isTinted whether a thing has a tint besides its outline */
export function shapesOf(
  things: readonly Thing[],
  active: number | null,
  placement: Placement,
  isTinted: (thing: Thing) => boolean,
): Shape[] {
  return foundThings(things).map((thing, i) => {
    const { id, mask } = thing
    let lines = known.get(mask)
    if (lines === undefined) {
      lines = outlinesOf(mask)
      known.set(mask, lines)
    }
    const placed = lines.map((line) => placement.placeOf(line, i + 1))
    return { id, lines: placed, active: id === active, tinted: isTinted(thing) }
  })
}

/** Lines around things whose place has changed, at their old and at their new place. */
export function movingLines(
  things: readonly Thing[],
  shapes: readonly Shape[],
): (readonly Point[])[] {
  return shapes.flatMap(({ id, lines }) => {
    const mask = things.find((thing) => thing.id === id)?.mask
    const old = mask == null ? [] : (known.get(mask) ?? [])
    const same = lines.every((line, i) =>
      line.every(({ x, y }, j) => x === old[i]?.[j]?.x && y === old[i]?.[j]?.y),
    )
    return same ? [] : [...old, ...lines]
  })
}
