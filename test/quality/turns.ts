/**
 * Turns, scales and stretches with known truth: a drawn thing, dragged by handles on it; drawn again where it
 * should be is what should come out.
 */

import type { Drag, Point } from '../../shared/drag.ts'
import type { FieldKind } from '../../shared/geometry/fields/part-fields.ts'
import { editInstantly } from '../../shared/instant/instant.ts'

const SIZE = { width: 360, height: 300 }
const MIDDLE = { x: 180, y: 150 }
/** Half of the thing's sides. */
const HALF = { x: 60, y: 45 }
/** So far from its border inside, its cut-out decides nothing. */
const INSIDE = 5

type Motion = {
  readonly name: string
  readonly drags: readonly Drag[]
  /** Where a point of the thing comes from. */
  readonly back: (at: Point) => Point
}

const drag = (handle: Point, target: Point): Drag => ({ handle, target })
const CORNERS = [-0.8, 0.8].flatMap((x) =>
  [-0.8, 0.8].map((y) => ({ x: MIDDLE.x + x * HALF.x, y: MIDDLE.y + y * HALF.y })),
)

/** A turn by an angle and a scale about a point. */
function turn(name: string, degrees: number, scale: number, handles: readonly Point[]): Motion {
  const [first = MIDDLE] = handles
  const centre = handles.length === 2 ? first : MIDDLE
  const angle = (degrees * Math.PI) / 180
  const moved = ({ x, y }: Point, by: number, factor: number): Point => {
    const [a, b] = [x - centre.x, y - centre.y]
    const [cos, sin] = [factor * Math.cos(by), factor * Math.sin(by)]
    return { x: centre.x + cos * a - sin * b, y: centre.y + sin * a + cos * b }
  }
  return {
    name,
    drags: handles.map((handle) => drag(handle, moved(handle, angle, scale))),
    back: (at) => moved(at, -angle, 1 / scale),
  }
}

/** The left end is pinned and the right one dragged, each at three points. */
function stretch(factor: number): Motion {
  const left = MIDDLE.x - 0.9 * HALF.x
  const drags = [-0.8, 0, 0.8].flatMap((part) => {
    const y = MIDDLE.y + part * HALF.y
    const handle = { x: MIDDLE.x + 0.9 * HALF.x, y }
    const pin = { x: left, y }
    return [drag(pin, pin), drag(handle, { x: left + factor * (handle.x - left), y })]
  })
  return {
    name: `a stretch to ${factor}`,
    drags,
    back: ({ x, y }) => ({ x: left + (x - left) / factor, y }),
  }
}

const [CORNER = MIDDLE] = CORNERS
const OTHER = { x: 2 * MIDDLE.x - CORNER.x, y: 2 * MIDDLE.y - CORNER.y }

export const motions: readonly Motion[] = [
  turn('a turn by 30 degrees, four drags', 30, 1, CORNERS),
  turn('a turn by 30 degrees, a pin and a drag', 30, 1, [CORNER, OTHER]),
  turn('a scale to 1.4, four drags', 0, 1.4, CORNERS),
  turn('a scale to 0.7, four drags', 0, 0.7, CORNERS),
  stretch(1.4),
]

const isThing = ({ x, y }: Point, margin: number) =>
  Math.abs(x - MIDDLE.x) < HALF.x - margin && Math.abs(y - MIDDLE.y) < HALF.y - margin
const thing = ({ x, y }: Point) => [
  180 + 60 * Math.sin(x / 4),
  60 + 50 * Math.sin(y / 3.5),
  60 + 40 * Math.sin((x + y) / 6),
]
const ground = ({ x, y }: Point) => [70, 110 + 15 * Math.sin(x / 9), 150 + 15 * Math.cos(y / 11)]

function* points() {
  for (let row = 0, at = 0; row < SIZE.height; row++)
    for (let col = 0; col < SIZE.width; col++, at++) yield { at, x: col + 0.5, y: row + 0.5 }
}

/** Mean error of the colours inside the thing at its new place, 0 to 255. */
export function motionError({ drags, back }: Motion, field: FieldKind): number {
  const count = SIZE.width * SIZE.height
  const data = new Uint8ClampedArray(4 * count)
  const mask = { ...SIZE, data: new Uint8Array(count) }
  for (const point of points()) {
    const on = isThing(point, 0)
    data.set([...(on ? thing(point) : ground(point)), 255], 4 * point.at)
    mask.data[point.at] = on ? 1 : 0
  }
  const geometry = { scope: 'component', field, power: 2 } as const
  const out = editInstantly(
    { ...SIZE, data },
    { drags, mask, geometry, seed: 1, within: null, fixed: null, affects: null },
  )
  let [sum, seen] = [0, 0]
  for (const point of points()) {
    const from = back(point)
    if (!isThing(from, INSIDE)) continue
    seen++
    thing(from).forEach((value, i) => {
      sum += Math.abs(value - (out[4 * point.at + i] ?? 0)) / 3
    })
  }
  return sum / seen
}
