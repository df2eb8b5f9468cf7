/**
 * Turns and scales a thing by its drags: their targets are turned and scaled about the middle of the thing, or
 * about its pin. A thing with too few drags to say so gets some at its ends.
 */

import { type Drag, isPin, type Point, type Size } from '../../../shared/drag.ts'
import { boxOf } from '../../../shared/instant/box.ts'
import { isWhite, type Mask } from '../../../shared/mask.ts'
import type { Rectangle } from '../../../shared/segmentation/lab.ts'
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

/** With so many drags and pins, what they say of a thing includes a turn and a scale. */
const ENOUGH = 3
/** Handles keep this distance from the border of the mask, if it is wide enough: in pixels of the shown copy. */
const INSIDE = 4

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
  const ends = endsOf(mask, box)
  const number = 1 + foundThings(things).findIndex(({ id }) => id === thing.id)
  const centreOfBox = { x: box.left + box.width / 2, y: box.top + box.height / 2 }
  const [middle = centreOfBox, ...places] = placement.placeOf([centreOfBox, ...ends], number)
  const centre = pins.length > 0 ? mean(pins.map(({ handle }) => handle)) : middle
  const toPhoto = ({ x, y }: Point) => ({ x: x / scale, y: y / scale })
  const added =
    own.length + pins.length >= ENOUGH
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

/** The white pixels furthest to each corner, a little inside. */
function endsOf(mask: Mask, box: Rectangle): Point[] {
  const [across, down] = [1 / box.width, 1 / box.height]
  const found = new Map<string, Point>()
  for (const inside of [INSIDE, 0]) {
    for (const [x, y] of [
      [-across, -down],
      [across, -down],
      [across, down],
      [-across, down],
    ] as const) {
      const end = furthest(mask, x, y, inside)
      if (end !== null) found.set(`${end.x} ${end.y}`, end)
    }
    if (found.size >= ENOUGH) break
    found.clear()
  }
  return [...found.values()]
}

/** The white pixel furthest along a direction that has white pixels so far away on all four sides. */
function furthest(mask: Mask, alongX: number, alongY: number, inside: number): Point | null {
  const { width, data } = mask
  let best: Point | null = null
  let most = Number.NEGATIVE_INFINITY
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const point = { x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 }
    const length = point.x * alongX + point.y * alongY
    if (length <= most) continue
    const surrounded = [
      { x: point.x - inside, y: point.y },
      { x: point.x + inside, y: point.y },
      { x: point.x, y: point.y - inside },
      { x: point.x, y: point.y + inside },
    ].every((near) => isWhite(mask, near))
    if (!surrounded) continue
    best = point
    most = length
  }
  return best
}

function mean(points: readonly Point[]): Point {
  const sum = points.reduce((one, other) => ({ x: one.x + other.x, y: one.y + other.y }))
  return { x: sum.x / points.length, y: sum.y / points.length }
}
