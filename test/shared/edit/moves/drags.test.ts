/** Moves from box to box as drags, by hand. */

import { describe, expect, test } from 'vitest'
import { boxIn, checkBoxMoves } from '../../../../shared/edit/moves/box-move.ts'
import { dragsOfMoves, maskOfBoxes } from '../../../../shared/edit/moves/drags.ts'
import { thingNumbers } from '../../../../shared/mask.ts'
import { whiteOn } from '../../../fixtures/drawing.ts'

/** A thousandth is a pixel across, and two down. */
const IMAGE = { width: 1000, height: 2000 }
const move = (from: number[], to: number[], rotate = 0) => ({ from, to, rotate })
const code = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    const { code, pointer } = error as { code: string; pointer: string }
    return [code, pointer]
  }
  return null
}

test('a box is [top, left, bottom, right], in thousandths', () => {
  const box = { left: 200, top: 200, width: 300, height: 400 }
  expect(boxIn(IMAGE, move([100, 200, 300, 500], [0, 0, 1, 1]), 'from', 0)).toEqual(box)
})

test.each([[[300, 200, 100, 500]], [[100, 500, 300, 200]], [[100, 200, 100, 500]]])(
  'a box of no area is rejected: %j',
  (from) => {
    const wrong = () => maskOfBoxes(IMAGE, [move([0, 0, 9, 9], [0, 0, 9, 9]), move(from, from)])
    expect(code(wrong)).toEqual(['invalid_option', '/moves/1/from'])
  },
)

test('boxes are things, numbered as they are', () => {
  const mask = maskOfBoxes(IMAGE, [
    move([0, 0, 500, 500], [0, 0, 500, 500]),
    move([500, 500, 1000, 1000], [0, 0, 500, 500]),
  ])
  expect(mask).toMatchObject({ width: 512, height: 1024 })
  expect(thingNumbers(mask)).toEqual([1, 2])
  const at = (x: number, y: number) => mask.things?.[y * 512 + x]
  expect([at(0, 0), at(255, 511), at(256, 0), at(0, 512), at(256, 512), at(511, 1023)]).toEqual([
    1, 1, 0, 0, 2, 2,
  ])
})

describe('drags', () => {
  /** All of the box, in a mask of a tenth of the image's size. */
  const SMALL = { width: 100, height: 200 }
  const whole = whiteOn(SMALL, [20, 40, 21, 21])

  test('a shift is one drag, from the pixel nearest the middle', () => {
    const shift = move([200, 200, 305, 410], [300, 400, 405, 610])
    const drags = dragsOfMoves(IMAGE, [shift], whole, false)
    // The middle of the box is (305, 505), that of mask pixel (30, 50).
    expect(drags).toEqual([{ handle: { x: 305, y: 505 }, target: { x: 505, y: 705 } }])
  })

  test('a thing with a hole in the middle is held beside it', () => {
    const ring = { ...whole, data: whole.data.slice() }
    for (let y = 44; y < 57; y++) for (let x = 24; x < 37; x++) ring.data[y * 100 + x] = 0
    const [drag] = dragsOfMoves(
      IMAGE,
      [move([200, 200, 305, 410], [300, 200, 405, 410])],
      ring,
      false,
    )
    const { x = 0, y = 0 } = drag?.handle ?? {}
    expect(ring.data[Math.floor(y / 10) * 100 + Math.floor(x / 10)]).toBe(1)
    expect(drag?.target).toEqual({ x, y: y + 200 })
  })

  test('twice the size is twice the distance from the middle', () => {
    const twice = move([200, 200, 305, 410], [400, 100, 610, 520])
    const drags = dragsOfMoves(IMAGE, [twice], whole, false)
    expect(drags).toHaveLength(5)
    // From the middle (305, 505) to the middle (310, 1010).
    for (const { handle, target } of drags) {
      expect(target.x).toBeCloseTo(310 + 2 * (handle.x - 305), 9)
      expect(target.y).toBeCloseTo(1010 + 2 * (handle.y - 505), 9)
    }
  })

  test('a quarter turn clockwise takes up to the right', () => {
    const turn = move([200, 200, 305, 410], [200, 200, 305, 410], 90)
    for (const { handle, target } of dragsOfMoves(IMAGE, [turn], whole, false)) {
      expect(target.x).toBeCloseTo(305 - (handle.y - 505), 9)
      expect(target.y).toBeCloseTo(505 + (handle.x - 305), 9)
    }
  })

  test('what is outside the box is of another thing', () => {
    const both = whiteOn(SMALL, [20, 40, 21, 21], [60, 40, 21, 21])
    const right = move([200, 600, 305, 810], [200, 600, 305, 810], 10)
    for (const { handle } of dragsOfMoves(IMAGE, [right], both, false))
      expect(handle.x).toBeGreaterThan(600)
  })

  test('a box without white, and a turn out of the image, are rejected', () => {
    const empty = () => dragsOfMoves(IMAGE, [move([0, 0, 99, 99], [9, 9, 99, 99])], whole, false)
    expect(code(empty)).toEqual(['handle_outside_mask', '/moves/0/from'])
    const long = whiteOn(SMALL, [20, 40, 61, 21])
    const upright = move([200, 200, 305, 810], [895, 200, 1000, 810], 90)
    const out = () => dragsOfMoves(IMAGE, [upright], long, false)
    expect(code(out)).toEqual(['target_outside_image', '/moves/0'])
  })
})

test('moves are combined with pins only', () => {
  const at = { x: 5, y: 5 }
  const moves = [move([0, 0, 99, 99], [9, 9, 99, 99])]
  const pin = { handle: at, target: at }
  const drag = { handle: at, target: { x: 6, y: 5 } }
  const checked = (drags: (typeof drag)[], kind: 'object' | 'editable' = 'object', many = moves) =>
    code(() => checkBoxMoves({ drags, moves: many }, kind))
  expect(checked([pin])).toBe(null)
  expect(checked([pin, drag])).toEqual(['invalid_option', '/drags/1'])
  expect(checked([], 'editable')).toEqual(['invalid_option', '/maskKind'])
  const twelve = Array.from({ length: 12 }, () => moves[0] as (typeof moves)[0])
  expect(checked([pin, pin, pin, pin], 'object', twelve)).toBe(null)
  expect(checked([pin, pin, pin, pin, pin], 'object', twelve)).toEqual(['invalid_option', '/moves'])
})
