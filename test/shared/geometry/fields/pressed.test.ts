/** The front of a thing that would cross the edge of what may change: pressed together, in order, and not folded. */

import { describe, expect, test } from 'vitest'
import type { Drag, Point } from '../../../../shared/drag.ts'
import { partFields } from '../../../../shared/geometry/fields/part-fields.ts'
import {
  type PixelField,
  pixelDisplacement,
} from '../../../../shared/geometry/fields/pixel-field.ts'
import { pressedFields } from '../../../../shared/geometry/fields/pressed.ts'
import { dragOf } from '../../../fixtures/drawing.ts'

const SIZE = { width: 200, height: 160 }
const GRID = { rows: 160, cols: 200 }

/** A square from (60, 60) to (100, 100). */
const inside: Point[] = Array.from({ length: 1600 }, (_, i) => ({
  x: 60.5 + (i % 40),
  y: 60.5 + Math.floor(i / 40),
}))
const border = inside.filter(({ x, y }) => [60.5, 99.5].includes(x) || [60.5, 99.5].includes(y))
const ofDrags = (drags: readonly Drag[]) =>
  partFields(
    SIZE,
    GRID,
    drags,
    { tokens: [], drags: [...drags.keys()] },
    { field: 'rigid', power: 2 },
  )
const pressed = (drags: readonly Drag[], mayChange: (at: Point) => boolean) =>
  pressedFields(SIZE, { border, inside }, drags, mayChange, ofDrags(drags))
const way = (field: PixelField, x: number, y: number) =>
  pixelDisplacement(field, x, y, { du: 0, dv: 0 })

const right = [dragOf(80, 80, 120, 80)]
const upTo = (edge: number) => pressed(right, ({ x }) => x < edge)

describe('a square that a drag would take 3 pixels too far', () => {
  // Its border lands at 139.5: with 2 pixels to spare it has to be 4 before that.
  const { forward, reverse } = upTo(138)

  test('ends before the edge, 6 pixels of it pressed into 3', () => {
    const landed = (x: number) => x + way(forward, x, 80).du
    expect(landed(99.5)).toBeGreaterThan(136)
    expect(landed(99.5)).toBeLessThan(138)
    expect(landed(80)).toBeCloseTo(120, 3)
    expect(landed(94)).toBeCloseTo(134, 1)
    const [before, behind] = [landed(97), landed(99)]
    expect(behind - before).toBeCloseTo(1, 0)
    // From the front to where nothing is pressed, half as wide.
    expect(landed(99.5) - landed(95)).toBeLessThan(3)
  })

  test('keeps its order and has a way back from everywhere', () => {
    for (let x = 60; x < 99.5; x += 0.5) {
      const there = x + way(forward, x, 80).du
      expect(there + 0.5 + way(forward, x + 0.5, 80).du - way(forward, x, 80).du).toBeGreaterThan(
        there,
      )
      expect(there + way(reverse, there, 80).du).toBeCloseTo(x, -0.3)
    }
  })
})

test('what lands before the edge, or is taken across it on purpose, is not pressed', () => {
  const fields = ofDrags(right)
  for (const edge of [142, 119])
    expect(way(upTo(edge).forward, 99.5, 80)).toEqual(way(fields.forward, 99.5, 80))
  // Nothing may change beside its way.
  const along = pressed(right, ({ y }) => y > 59 && y < 101)
  expect(way(along.forward, 99.5, 61)).toEqual(way(fields.forward, 99.5, 61))
})

test('where there is too little room before the edge, it is cut off instead', () => {
  const goes = (edge: number) => way(upTo(edge).forward, 99.5, 80).du
  // 17 pixels too far, of which 6 are not left between the target and the edge.
  expect(goes(124)).toBeCloseTo(40, 3)
  expect(goes(128)).toBeLessThan(29)
})

test('a front that would be folded is cut off instead', () => {
  // An edge across which a long way leads at a small angle.
  const drags = [dragOf(80, 80, 150, 50)]
  const { forward } = pressed(drags, ({ x, y }) => x - 2 * y < 60)
  const fields = ofDrags(drags)
  for (const { x, y } of border) expect(way(forward, x, y)).toEqual(way(fields.forward, x, y))
})
