/**
 * Turns and scales a thing by its drags: their targets are turned and scaled about the middle of the thing, or
 * about its pin. A thing with too few drags to say so gets some at its ends.
 */

import { type Drag, isPin, type Point, type Size } from '../../../shared/drag.ts'
import { ENOUGH_ENDS, endsOf } from '../../../shared/edit/moves/ends.ts'
import { boxOf } from '../../../shared/instant/box.ts'
import { isWhite } from '../../../shared/mask.ts'
import { type Draft, foundThings, type Thing, thingAt } from '../edit/draft.ts'
import { dragsOn, type Placement } from './placement.ts'

/** A turn, in radians clockwise, and a scale. */
export type Turning = { readonly angle: number; readonly scale: number }

/** A thing that is held, to be turned and scaled. */
export type Hold = {
  /** What stays in its place, in pixels of the shown copy. */
  readonly centre: Point
  /** The drags of the draft with the thing turned; null if a target would leave the photo. */
  readonly turned: (by: Turning) => Drag[] | null
}

/**
 * @param size of the photo
 * @param scale pixels of the shown copy per pixel of the photo
 * @returns null for a thing without an outline
 */
export function holdOf(
  thing: Thing,
  { things, drags }: Draft,
  placement: Placement,
  size: Size,
  scale: number,
): Hold | null {
  const { mask } = thing
  const box = mask && boxOf(mask.data, mask)
  if (mask === null || box === null) return null
  const toShown = ({ x, y }: Point) => ({ x: x * scale, y: y * scale })
  const shown = drags.map(({ handle, target }) => ({
    handle: toShown(handle),
    target: toShown(target),
  }))
  const own = dragsOn(thing, things, shown)
  const pins = shown.filter(
    (drag) => isPin(drag) && isWhite(mask, drag.handle) && thingAt(things, drag.handle) === thing,
  )
  const ends = endsOf(mask)
  const number = 1 + foundThings(things).findIndex(({ id }) => id === thing.id)
  const centreOfBox = { x: box.left + box.width / 2, y: box.top + box.height / 2 }
  const [middle = centreOfBox, ...places] = placement.placeOf([centreOfBox, ...ends], number)
  const centre = pins.length > 0 ? mean(pins.map(({ handle }) => handle)) : middle
  const toPhoto = ({ x, y }: Point) => ({ x: x / scale, y: y / scale })
  const added =
    own.length + pins.length >= ENOUGH_ENDS
      ? []
      : ends.map((end, i) => ({ handle: toPhoto(end), target: toPhoto(places[i] ?? end) }))
  const about = toPhoto(centre)
  return {
    centre,
    turned: ({ angle, scale: factor }) => {
      const [cos, sin] = [factor * Math.cos(angle), factor * Math.sin(angle)]
      const turn = (drag: Drag): Drag => {
        const [x, y] = [drag.target.x - about.x, drag.target.y - about.y]
        const target = { x: about.x + cos * x - sin * y, y: about.y + sin * x + cos * y }
        return { ...drag, target }
      }
      const kept = drags.map((drag, i) => (own.includes(i) ? turn(drag) : drag))
      const all = [...kept, ...added.map(turn)]
      const within = ({ target: { x, y } }: Drag) =>
        x >= 0 && y >= 0 && x <= size.width && y <= size.height
      return all.every(within) ? all : null
    },
  }
}

function mean(points: readonly Point[]): Point {
  const sum = points.reduce((one, other) => ({ x: one.x + other.x, y: one.y + other.y }))
  return { x: sum.x / points.length, y: sum.y / points.length }
}
