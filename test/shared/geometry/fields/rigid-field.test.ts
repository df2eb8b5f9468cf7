/** The rigid field: known motions are exact, handles and pins are, and nothing jumps. */

import { describe, expect, test } from 'vitest'
import type { Drag, Point } from '../../../../shared/drag.ts'
import { type fieldKinds, partFields } from '../../../../shared/geometry/fields/part-fields.ts'
import {
  type PixelField,
  pixelDisplacement,
} from '../../../../shared/geometry/fields/pixel-field.ts'

const SIZE = { width: 640, height: 480 }
/** Not square: tokens are wider than tall. */
const GRID = { rows: 61, cols: 80 }
const MIDDLE = { x: 300, y: 220 }

const drag = (handle: Point, target: Point): Drag => ({ handle, target })
const fields = (drags: readonly Drag[], field: (typeof fieldKinds)[number] = 'rigid') =>
  partFields(SIZE, GRID, drags, { tokens: [], drags: drags.map((_, i) => i) }, { field, power: 2 })
const along = (field: PixelField, { x, y }: Point): Point => {
  const { du, dv } = pixelDisplacement(field, x, y, { du: 0, dv: 0 })
  return { x: x + du, y: y + dv }
}
const apart = (one: Point, other: Point) => Math.hypot(one.x - other.x, one.y - other.y)

/** About the middle. */
const moved =
  (angle: number, scale: number, by: Point = { x: 0, y: 0 }) =>
  ({ x, y }: Point): Point => {
    const [a, b] = [x - MIDDLE.x, y - MIDDLE.y]
    const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)]
    return { x: MIDDLE.x + cos * a - sin * b + by.x, y: MIDDLE.y + sin * a + cos * b + by.y }
  }
const CORNERS = [
  { x: 200, y: 150 },
  { x: 410, y: 160 },
  { x: 390, y: 300 },
  { x: 190, y: 310 },
]
const [CORNER = MIDDLE] = CORNERS
const POINTS = Array.from({ length: 200 }, (_, i) => ({
  x: ((i * 37.7) % 639) + 0.5,
  y: ((i * 53.3) % 479) + 0.5,
}))

/** The largest distance from where a motion takes points, there and back. */
function worst(drags: readonly Drag[], motion: (at: Point) => Point): number {
  const { forward, reverse } = fields(drags)
  return Math.max(
    ...POINTS.flatMap((at) => [
      apart(along(forward, at), motion(at)),
      apart(along(reverse, motion(at)), at),
    ]),
  )
}

describe('drags that are one motion are that motion everywhere', () => {
  const TURN = Math.PI / 6
  test.each([
    ['one drag: a move', [MIDDLE], moved(0, 1, { x: 60, y: -25 })],
    ['several equal drags: a move', CORNERS, moved(0, 1, { x: 60, y: -25 })],
    ['a pin and a drag: a turn by 30 degrees about the pin', [MIDDLE, CORNER], moved(TURN, 1)],
    ['four drags: a turn by 30 degrees', CORNERS, moved(TURN, 1)],
    ['four drags: half a turn', CORNERS, moved(Math.PI, 1)],
    ['four drags: twice the size', CORNERS, moved(0, 2)],
    ['four drags: a third of the size', CORNERS, moved(0, 1 / 3)],
    ['four drags: a tenth of the size', CORNERS, moved(0, 0.1)],
    ['four drags: a stretch', CORNERS, ({ x, y }: Point) => ({ x: 1.5 * x - 100, y })],
    ['four drags: a turn, a scale and a move', CORNERS, moved(-TURN, 1.4, { x: 20, y: 5 })],
  ])('%s', (_, handles, motion) => {
    const drags = handles.map((handle) => drag(handle, motion(handle)))
    expect(worst(drags, motion)).toBeLessThan(1e-6)
  })
})

let state = 20261128
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const anywhere = () => ({ x: SIZE.width * random(), y: SIZE.height * random() })
/** Drags in any direction and some pins. */
const anyDrags = () =>
  Array.from({ length: 1 + Math.floor(12 * random()) }, () => {
    const handle = anywhere()
    const [length, angle] = [random() < 0.3 ? 0 : 150 * random(), 2 * Math.PI * random()]
    const [dx, dy] = [length * Math.cos(angle), length * Math.sin(angle)]
    return drag(handle, { x: handle.x + dx, y: handle.y + dy })
  })

test('handles land on their targets, pins stay, and targets come from their handles', () => {
  for (let round = 0; round < 100; round++) {
    const drags = anyDrags()
    const { forward, reverse } = fields(drags)
    for (const { handle, target } of drags) {
      expect(apart(along(forward, handle), target)).toBeLessThan(1e-6)
      expect(apart(along(reverse, target), handle)).toBeLessThan(1e-6)
    }
  }
})

test('a smaller copy of the photo, as the preview shows it, has the same field', () => {
  const half = ({ x, y }: Point) => ({ x: x / 2, y: y / 2 })
  const small = { width: SIZE.width / 2, height: SIZE.height / 2 }
  for (let round = 0; round < 20; round++) {
    const drags = anyDrags()
    const copy = drags.map(({ handle, target }) => drag(half(handle), half(target)))
    const all = { tokens: [], drags: drags.map((_, i) => i) }
    const options = { field: 'rigid', power: 2 } as const
    const { reverse } = partFields(small, { rows: 24, cols: 32 }, copy, all, options)
    for (const at of POINTS)
      expect(apart(along(reverse, half(at)), half(along(fields(drags).reverse, at)))).toBeLessThan(
        1e-6,
      )
  }
})

test('nothing jumps: close points have close displacements, and move with the drags', () => {
  const STEP = 1e-4
  for (let round = 0; round < 100; round++) {
    const drags = anyDrags()
    const { forward } = fields(drags)
    const [first, ...rest] = drags as [Drag, ...Drag[]]
    const other = fields([
      drag(first.handle, { x: first.target.x + STEP, y: first.target.y }),
      ...rest,
    ])
    for (const { x, y } of POINTS.slice(0, 40)) {
      const here = along(forward, { x, y })
      expect(apart(along(forward, { x: x + STEP, y }), here)).toBeLessThan(100 * STEP)
      expect(apart(along(other.forward, { x, y }), here)).toBeLessThan(100 * STEP)
    }
  }
})

test('of two drags with one handle the first counts; handles side by side do not upset the rest', () => {
  const far = drag({ x: 500, y: 400 }, { x: 520, y: 400 })
  const one = drag(MIDDLE, { x: MIDDLE.x + 30, y: MIDDLE.y })
  const twice = fields([one, drag(MIDDLE, { x: 0, y: 0 }), far])
  expect(apart(along(twice.forward, MIDDLE), one.target)).toBeLessThan(1e-6)
  const beside = { x: MIDDLE.x + 0.5, y: MIDDLE.y }
  const { forward } = fields([one, drag(beside, beside), far])
  const most = Math.max(...POINTS.map((at) => apart(along(forward, at), at)))
  expect(most).toBeLessThan(60)
})

/** By how much lines between handles that move alike bulge, in pixels. */
function bulge(field: (typeof fieldKinds)[number]): number {
  const row = [100, 200, 300, 400, 500]
  const top = row.map((x) => drag({ x, y: 200 }, { x, y: 120 }))
  // Two rows of pins: all together is not a stretch.
  const pins = [380, 460].flatMap((y) => row.map((x) => drag({ x, y }, { x, y })))
  const { forward } = fields([...top, ...pins], field)
  const heights = Array.from({ length: 201 }, (_, i) => along(forward, { x: 200 + i, y: 200 }).y)
  return Math.max(...heights) - Math.min(...heights)
}

test('a raised row of handles is not fluted between them', () => {
  expect(bulge('rigid')).toBeLessThan(bulge('inverse-distance') / 2)
})

test('drags that cross: things in between are squeezed, and what lies around stays', () => {
  const { reverse } = fields([
    drag({ x: 250, y: 220 }, { x: 350, y: 225 }),
    drag({ x: 350, y: 220 }, { x: 250, y: 215 }),
    drag({ x: 300, y: 400 }, { x: 300, y: 400 }),
  ])
  for (const at of [
    { x: 20, y: 220 },
    { x: 620, y: 220 },
    { x: 300, y: 20 },
  ])
    expect(apart(along(reverse, at), at)).toBeLessThan(30)
})
