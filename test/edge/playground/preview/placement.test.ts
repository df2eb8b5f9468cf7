/** Where things are after drags: a moved thing is taken where it is seen. */

import { expect, test } from 'vitest'
import { movedBy, outlines, type Thing } from '../../../../edge/playground/edit/draft.ts'
import { dragsOn, Placement } from '../../../../edge/playground/preview/placement.ts'
import type { Mask } from '../../../../shared/mask.ts'

const size = { width: 256, height: 192 }
const grid = { rows: 24, cols: 32 }
const FIELD = { field: 'rigid', power: 2 } as const

function rectangle(left: number, top: number, right: number, bottom: number): Mask {
  const data = new Uint8Array(size.width * size.height)
  for (let y = top; y < bottom; y++) data.fill(1, y * size.width + left, y * size.width + right)
  return { ...size, data }
}
const mask = rectangle(32, 40, 80, 88)
const thing: Thing = { id: 1, add: [], remove: [], mask }
const move = (x: number, y: number, dx: number, dy: number) => ({
  handle: { x, y },
  target: { x: x + dx, y: y + dy },
})

test('one drag: the thing is at its target, and is taken there', () => {
  const placement = new Placement(size, grid, mask, [move(50, 60, 100, 20)], FIELD)
  expect(placement.placeOf([{ x: 40, y: 50 }], 1)).toEqual([{ x: 140, y: 70 }])
  expect(placement.landedAt([thing], { x: 140, y: 70 })).toEqual({
    thing,
    source: { x: 40, y: 50 },
  })
  // Beside it is bare ground, and at its old place the thing that left.
  expect(placement.seenAt([thing], { x: 220, y: 70 })).toBeNull()
  expect(placement.landedAt([thing], { x: 40, y: 50 })).toBeNull()
  expect(placement.seenAt([thing], { x: 40, y: 50 })?.thing).toBe(thing)
})

test('several drags: the place of a point is where the preview draws it', () => {
  const drags = [move(40, 60, 60, 0), move(72, 60, 90, 10)]
  const placement = new Placement(size, grid, mask, drags, FIELD)
  for (const source of [
    { x: 40, y: 60 },
    { x: 56, y: 70 },
    { x: 78, y: 45 },
  ]) {
    const seen = placement.landedAt([thing], placement.placeOf([source], 1)[0] ?? source)
    expect(
      Math.hypot((seen?.source.x ?? 0) - source.x, (seen?.source.y ?? 0) - source.y),
    ).toBeLessThan(1)
  }
})

test('what has no drag, or drags that do not fit, stays in its place', () => {
  const at = { x: 40, y: 50 }
  expect(new Placement(size, grid, mask, [], FIELD).placeOf([at], 1)).toEqual([at])
  expect(new Placement(size, grid, mask, [move(200, 150, 9, 9)], FIELD).placeOf([at], 1)).toEqual([
    at,
  ])
  expect(new Placement(size, grid, null, [move(50, 60, 9, 9)], FIELD).seenAt([], at)).toBeNull()
})

test('the drags of a thing are those on it, and move together as far as the photo reaches', () => {
  const other: Thing = { ...thing, id: 2, mask: rectangle(120, 40, 160, 88) }
  const drags = [
    move(50, 60, 100, 0),
    move(130, 60, 5, 0),
    move(60, 70, 120, 0),
    move(60, 50, 0, 0),
  ]
  expect(dragsOn(thing, [thing, other], drags)).toEqual([0, 2])
  const moved = movedBy(drags, [0, 2], { x: 200, y: -10 }, size)
  expect(moved.map(({ target }) => target)).toEqual([
    { x: 226, y: 50 },
    { x: 135, y: 60 },
    { x: 256, y: 60 },
    { x: 60, y: 50 },
  ])
})

test('of two things that touch, each is placed and taken by its own drags', () => {
  const other: Thing = { ...thing, id: 2, mask: rectangle(80, 40, 128, 88) }
  const both = outlines([thing, other])
  const placement = new Placement(size, grid, both, [move(100, 60, 60, 0)], FIELD)
  const border = { x: 80, y: 50 }
  expect(placement.placeOf([border], 1)).toEqual([border])
  expect(placement.placeOf([border], 2)).toEqual([{ x: 140, y: 50 }])
  expect(placement.landedAt([thing, other], { x: 141, y: 50 })?.thing).toBe(other)
  expect(placement.seenAt([thing, other], { x: 78, y: 50 })).toEqual({
    thing,
    source: { x: 78, y: 50 },
  })
})
