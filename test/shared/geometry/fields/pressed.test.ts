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
const owned = new Uint8Array(SIZE.width * SIZE.height)
for (let y = 60; y < 100; y++) owned.fill(1, y * SIZE.width + 60, y * SIZE.width + 100)
const ofDrags = (drags: readonly Drag[]) =>
  partFields(
    SIZE,
    GRID,
    drags,
    { tokens: [], drags: [...drags.keys()] },
    { field: 'rigid', power: 2 },
  )
const pressed = (drags: readonly Drag[], mayChange: (at: Point) => boolean) =>
  pressedFields(SIZE, owned, drags, mayChange, ofDrags(drags))
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
      expect(there + way(reverse, there, 80).du).toBeCloseTo(x, 0)
    }
  })
})

/** Whether nothing is pressed. */
const goesAsItDid = (drags: readonly Drag[], mayChange: (at: Point) => boolean) => {
  const [one, other] = [pressed(drags, mayChange).forward, ofDrags(drags).forward]
  const ways = (field: PixelField) => [60.5, 72, 99.5].map((y) => way(field, 99.5, y))
  return ways(one).every(({ du, dv }, i) => {
    const before = ways(other)[i]
    return Math.hypot(du - (before?.du ?? 0), dv - (before?.dv ?? 0)) < 1e-6
  })
}

describe('what is not pressed', () => {
  test('lands before the edge', () => {
    expect(goesAsItDid(right, ({ x }) => x < 142)).toBe(true)
    expect(goesAsItDid(right, ({ x }) => x < 140)).toBe(false)
  })

  test('is taken across it on purpose', () => {
    // What lands far beside the target, where there would be room, is not pressed either.
    const front = [dragOf(99, 80, 139, 80)]
    expect(goesAsItDid(front, ({ x }) => x < 138)).toBe(true)
  })

  test('goes along the edge, or away from it', () => {
    expect(goesAsItDid(right, ({ y }) => y > 59 && y < 101)).toBe(true)
    // The thing is a pixel wider than what may change.
    expect(goesAsItDid(right, ({ x, y }) => x > 61 && y > 61 && y < 99)).toBe(true)
    // It crosses the edge at a small angle, by a pixel.
    expect(goesAsItDid(right, ({ x, y }) => y < 100 - (x - 100) / 30)).toBe(true)
  })

  test('lands behind a speck', () => {
    expect(goesAsItDid(right, ({ x, y }) => Math.hypot(x - 136, y - 72) > 2)).toBe(true)
  })

  test('has too little room before the edge: it is cut off', () => {
    // 17 pixels too far, of which 6 are not left between the target and the edge.
    expect(goesAsItDid(right, ({ x }) => x < 124)).toBe(true)
    expect(goesAsItDid(right, ({ x }) => x < 128)).toBe(false)
  })
})

test('what is outside already holds back nothing inside', () => {
  // The lower half does not change, and its border lands there, too.
  const { forward } = pressed([dragOf(80, 65, 80, 62)], ({ y }) => y < 80)
  expect(way(forward, 60.5, 78).dv).toBeCloseTo(-3, 3)
})

test('a large photo is pressed alike', () => {
  const size = { width: 4000, height: 3200 }
  const large = new Uint8Array(size.width * size.height)
  for (let y = 1200; y < 2000; y++) large.fill(1, y * size.width + 1200, y * size.width + 2000)
  const drags = [dragOf(1600, 1600, 2400, 1600)]
  const found = partFields(
    size,
    { rows: 3200, cols: 4000 },
    drags,
    { tokens: [], drags: [0] },
    { field: 'rigid', power: 2 },
  )
  const { forward } = pressedFields(size, large, drags, ({ x }) => x < 2700, found)
  for (const y of [1201, 1400, 1600]) {
    const end = 1999.5 + way(forward, 1999.5, y).du
    expect(end).toBeGreaterThan(2600)
    expect(end).toBeLessThan(2700)
  }
})

test('a front that would be folded is cut off instead', () => {
  const drags = [dragOf(80, 80, 140, 60)]
  expect(goesAsItDid(drags, ({ x, y }) => Math.hypot(x - 100, y - 80) < 60)).toBe(true)
})
