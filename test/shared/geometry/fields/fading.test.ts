/** Displacements fall off to nothing at what stays, reach the target, and keep places in order. */

import { describe, expect, test } from 'vitest'
import type { Drag, Point } from '../../../../shared/drag.ts'
import { boundDrags, type Fixed, fadingFields } from '../../../../shared/geometry/fields/fading.ts'
import { partFields } from '../../../../shared/geometry/fields/part-fields.ts'
import {
  type PixelField,
  pixelDisplacement,
} from '../../../../shared/geometry/fields/pixel-field.ts'
import { dragOf } from '../../../fixtures/drawing.ts'

const SIZE = { width: 400, height: 300 }
const GRID = { rows: 300, cols: 400 }

const fields = (drags: readonly Drag[], fixed: Fixed) => {
  const part = { tokens: [], drags: [...drags.keys()] }
  const found = partFields(SIZE, GRID, drags, part, { field: 'rigid', power: 2 })
  return fadingFields(SIZE, drags, fixed, found)
}
const at = (field: PixelField, { x, y }: Point) => pixelDisplacement(field, x, y, { du: 0, dv: 0 })
const line = (x0: number, y0: number, x1: number, y1: number): Point[] =>
  Array.from({ length: 101 }, (_, i) => ({
    x: x0 + (i / 100) * (x1 - x0),
    y: y0 + (i / 100) * (y1 - y0),
  }))
const both = (points: readonly Point[]): Fixed => ({ across: points, down: points })
const BELOW = both(line(100, 200, 300, 200))

describe('a drag away from what stays, towards it, and along it', () => {
  test.each([
    ['away', dragOf(200, 120, 200, 60)],
    ['towards', dragOf(200, 80, 200, 140)],
    ['along', dragOf(200, 100, 280, 100)],
  ])('%s', (_, drag) => {
    expect(boundDrags([drag], BELOW)).toEqual([drag])
    const { forward, reverse } = fields([drag], BELOW)
    const by = { x: drag.target.x - drag.handle.x, y: drag.target.y - drag.handle.y }
    const there = at(forward, drag.handle)
    expect(Math.hypot(there.du - by.x, there.dv - by.y)).toBeLessThan(2)
    const back = at(reverse, drag.target)
    expect(Math.hypot(back.du + by.x, back.dv + by.y)).toBeLessThan(2)
    for (const point of BELOW.down) {
      const still = at(reverse, point)
      expect(Math.hypot(still.du, still.dv)).toBeLessThan(1)
    }
  })
})

test('places keep their order along the drag, wherever what stays is', () => {
  const around = both([
    ...line(60, 60, 340, 60),
    ...line(60, 240, 340, 240),
    ...line(60, 60, 60, 240),
    ...line(340, 60, 340, 240),
  ])
  // Every second direction each.
  for (const [which, fixed] of [BELOW, around].entries())
    for (let i = 3 * which; i < 8; i += 4) {
      const angle = (i * Math.PI) / 4
      const [x, y] = [Math.cos(angle), Math.sin(angle)]
      const from = { x: 200 - 20 * x, y: 130 - 20 * y }
      const far = 30 + 15 * i
      const [drag] = boundDrags([dragOf(from.x, from.y, from.x + far * x, from.y + far * y)], fixed)
      if (drag === undefined) throw new Error('no drag')
      const { reverse } = fields([drag], fixed)
      let last = Number.NEGATIVE_INFINITY
      for (let along = -100; along <= 150; along += 2) {
        const point = { x: from.x + along * x, y: from.y + along * y }
        if (point.y > 199 || point.y < 61 || point.x < 61 || point.x > 339) continue
        const { du, dv } = at(reverse, point)
        const source = along + du * x + dv * y
        expect(source).toBeGreaterThan(last - 0.5)
        last = source
      }
    }
})

const ring = (x: number, y: number, radius: number) =>
  Array.from({ length: 200 }, (_, i) => ({
    x: x + radius * Math.cos((2 * Math.PI * i) / 200),
    y: y + radius * Math.sin((2 * Math.PI * i) / 200),
  }))

test('where drags meet, the way back is that of the way there', () => {
  // Eyelids that close, and the places beside them.
  const drags = [dragOf(200, 115, 200, 133), dragOf(200, 185, 200, 167)]
  const { forward, reverse } = fields(drags, both(ring(200, 150, 110)))
  for (const x of [150, 180, 200, 230, 260])
    for (const y of [90, 120, 140, 150, 165, 190]) {
      const there = at(forward, { x, y })
      const { du, dv } = at(reverse, { x: x + there.du, y: y + there.dv })
      expect(Math.hypot(there.du + du, there.dv + dv)).toBeLessThan(0.5)
    }
  // What lies beyond the upper lid goes down with it.
  expect(at(reverse, { x: 200, y: 115 }).dv).toBeLessThan(-10)
})

test('a place of 3.5 times the length of a drag is stretched by little more than a third', () => {
  const stretchIn = (radius: number) => {
    const { reverse } = fields([dragOf(200, 150, 220, 150)], both(ring(210, 150, radius + 10)))
    let most = 0
    for (let x = 120; x < 300; x += 3)
      for (let y = 70; y < 230; y += 3) {
        const here = at(reverse, { x, y }).du
        const across = at(reverse, { x: x + 1, y }).du - here
        const down = at(reverse, { x, y: y + 1 }).du - here
        most = Math.max(most, Math.hypot(across, down))
      }
    return most
  }
  // 1.25 times 20 pixels, over 70 and over 30.
  expect(stretchIn(70)).toBeLessThan(0.42)
  expect(stretchIn(30)).toBeGreaterThan(0.7)
})

test('a handle beside what stays goes no further than three times as far as it is from that', () => {
  const [drag] = boundDrags([dragOf(200, 180, 300, 180)], BELOW)
  expect(drag?.handle).toEqual({ x: 200, y: 180 })
  expect((drag?.target.x ?? 0) - 200).toBeLessThanOrEqual(60)
  expect((drag?.target.x ?? 0) - 200).toBeGreaterThan(50)
  const [less] = boundDrags([dragOf(200, 180, 300, 180)], BELOW, 1)
  expect((less?.target.x ?? 0) - 200).toBeLessThanOrEqual(20)
  expect((less?.target.x ?? 0) - 200).toBeGreaterThan(12)
  // Of a frame below, only what leads away from it counts.
  const frame = { across: [], down: line(100, 200, 300, 200) }
  const along = dragOf(200, 180, 300, 180)
  expect(boundDrags([along], frame)).toEqual([along])
})

test('where nothing stays, the fields are the same', () => {
  const drags = [dragOf(200, 120, 220, 60)]
  const part = { tokens: [], drags: [0] }
  const found = partFields(SIZE, GRID, drags, part, { field: 'rigid', power: 2 })
  expect(fadingFields(SIZE, drags, both([]), found)).toEqual(found)
})
