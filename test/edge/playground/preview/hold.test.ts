/** Turning and scaling a thing by its drags. */

import { describe, expect, test } from 'vitest'
import type { Draft, Thing } from '../../../../edge/playground/edit/draft.ts'
import { emptyDraft } from '../../../../edge/playground/edit/draft.ts'
import { holdOf, type Turning } from '../../../../edge/playground/preview/hold.ts'
import { Placement } from '../../../../edge/playground/preview/placement.ts'
import type { Drag, Point } from '../../../../shared/drag.ts'
import type { Mask } from '../../../../shared/mask.ts'

/** Of the shown copy; the photo is twice as large. */
const shown = { width: 256, height: 192 }
const size = { width: 512, height: 384 }
const SCALE = 0.5
const grid = { rows: 24, cols: 32 }
const FIELD = { field: 'rigid', power: 2 } as const

function rectangle(left: number, top: number, right: number, bottom: number): Mask {
  const data = new Uint8Array(shown.width * shown.height)
  for (let y = top; y < bottom; y++) data.fill(1, y * shown.width + left, y * shown.width + right)
  return { ...shown, data }
}
const mask = rectangle(80, 72, 144, 104)
const thing: Thing = { id: 1, add: [], remove: [], mask }
/** In pixels of the shown copy. */
const MIDDLE = { x: 112, y: 88 }

const draftOf = (drags: readonly Drag[]): Draft => ({ ...emptyDraft, things: [thing], drags })
const placed = (drags: readonly Drag[]) => {
  const half = ({ x, y }: Point) => ({ x: x * SCALE, y: y * SCALE })
  const small = drags.map(({ handle, target }) => ({ handle: half(handle), target: half(target) }))
  return new Placement(shown, grid, mask, small, FIELD)
}
const turned = (drags: readonly Drag[], by: Turning) =>
  holdOf(thing, draftOf(drags), placed(drags), size, SCALE)?.turned(by) ?? null
/** Where a point of the thing is. */
const at = (drags: readonly Drag[] | null, point: Point) =>
  placed(drags ?? []).placeOf([point], 1)[0]
const about = (centre: Point, { angle, scale }: Turning, { x, y }: Point): Point => {
  const [a, b] = [x - centre.x, y - centre.y]
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)]
  return { x: centre.x + cos * a - sin * b, y: centre.y + sin * a + cos * b }
}
const POINTS = [
  { x: 82, y: 74 },
  { x: 140, y: 100 },
  { x: 112, y: 76 },
]
const near = (one: Point | undefined, other: Point) => {
  expect(Math.hypot((one?.x ?? 0) - other.x, (one?.y ?? 0) - other.y)).toBeLessThan(0.5)
}

const TURN: Turning = { angle: Math.PI / 6, scale: 1 }
const GROW: Turning = { angle: 0, scale: 1.5 }

describe.each([
  ['a turn', TURN],
  ['a scale', GROW],
])('%s', (_, by) => {
  test('of a thing without drags is about its middle, by drags at its ends', () => {
    const drags = turned([], by)
    expect(drags).toHaveLength(4)
    for (const point of POINTS) near(at(drags, point), about(MIDDLE, by, point))
  })

  test('of a moved thing is about its new middle', () => {
    const move: Drag = { handle: { x: 220, y: 170 }, target: { x: 300, y: 190 } }
    const drags = turned([move], by)
    const middle = { x: MIDDLE.x + 40, y: MIDDLE.y + 10 }
    for (const { x, y } of POINTS)
      near(at(drags, { x, y }), about(middle, by, { x: x + 40, y: y + 10 }))
  })

  test('of a pinned thing is about its pin, which stays a pin', () => {
    const pin: Drag = { handle: { x: 170, y: 180 }, target: { x: 170, y: 180 } }
    const drags = turned([pin], by)
    expect(drags?.[0]).toEqual(pin)
    for (const point of POINTS) near(at(drags, point), about({ x: 85, y: 90 }, by, point))
  })

  test('twice needs no more drags than once', () => {
    const twice = turned(turned([], by) ?? [], by)
    expect(twice).toHaveLength(4)
    const both = { angle: 2 * by.angle, scale: by.scale ** 2 }
    for (const point of POINTS) near(at(twice, point), about(MIDDLE, both, point))
  })
})

test('drags of other things stay, and nothing is dragged out of the photo', () => {
  const elsewhere: Drag = { handle: { x: 20, y: 20 }, target: { x: 40, y: 20 } }
  expect(turned([elsewhere], TURN)?.[0]).toEqual(elsewhere)
  expect(turned([], { angle: 0, scale: 5 })).toBeNull()
})

test('a thing whose outline is still looked for cannot be held', () => {
  const draft = draftOf([])
  expect(holdOf({ ...thing, mask: null }, draft, placed([]), size, SCALE)).toBeNull()
})
