/** How the peers move single points, by hand. */

import { expect, test } from 'vitest'
import { inferred, vectorAt, warped } from '../../../evaluation/peers/bidirectional-warp.ts'
import { fillFromSides, moveOf } from '../../../evaluation/peers/fastdrag-stretch.ts'
import { loadCv } from '../../../evaluation/peers/open-cv.ts'
import { colourAt, pictureOf, rectangle } from '../picture.ts'

const vectors = (...each: readonly (readonly [number, number, number, number])[]) => ({
  x: Float64Array.from(each, ([x]) => x),
  y: Float64Array.from(each, ([, y]) => y),
  dx: Float64Array.from(each, ([, , dx]) => dx),
  dy: Float64Array.from(each, ([, , , dy]) => dy),
})

test('Inpaint4Drag: the four nearest vectors count by the inverse of their distance', () => {
  const two = vectors([0, 0, 9, 0], [30, 0, 0, 6])
  // Weights 1/10 and 1/20: two thirds of the one, a third of the other.
  expect(vectorAt(two, 10, 0)).toEqual({ x: 6, y: 2 })
  expect(vectorAt(two, 0, 0)).toEqual({ x: 9, y: 0 })
  const five = vectors([1, 0, 4, 0], [-1, 0, 4, 0], [0, 1, 4, 0], [0, -1, 4, 0], [2, 0, 1000, 0])
  expect(vectorAt(five, 0, 0)).toEqual({ x: 4, y: 0 })
})

test('Inpaint4Drag: at most 100 pixels say what has moved, from the first to the last', () => {
  const size = { width: 50, height: 40 }
  const back = inferred(rectangle(size, 0, 0, 50, 40), 50, vectors([0, 0, 3, -2]))
  expect(back.x.length).toBe(100)
  expect([back.x[0], back.y[0], back.x[99], back.y[99]]).toEqual([3, -2, 52, 37])
  expect(new Set([...back.dx])).toEqual(new Set([-3]))
})

test('Inpaint4Drag: one drag moves a part as it is, without its holes', async () => {
  const size = { width: 60, height: 40 }
  const photo = pictureOf(size, (x, y) => [4 * x, 6 * y, 9])
  const flags = rectangle(size, 10, 10, 20, 20)
  flags[15 * 60 + 15] = 0
  const drag = { handle: { x: 12.5, y: 12.5 }, target: { x: 37.5, y: 17.5 } }
  const { picture, revealed, line, landed } = warped(await loadCv(), photo, [
    { flags, drags: [drag] },
  ])
  expect(landed).toEqual(rectangle(size, 35, 15, 45, 25))
  expect(colourAt(picture, 40, 20)).toEqual([4 * 15, 6 * 15, 9])
  // Wider by two pixels: half of a square of five.
  expect(revealed).toEqual(rectangle(size, 8, 8, 22, 22))
  expect([line[15 * 60 + 40], line[20 * 60 + 40]]).toEqual([1, 0])
})

test('FastDrag: a sheet moves in full at the handle and not at the circle that holds it', () => {
  const circle = { centre: { x: 0, y: 0 }, radius: 10 }
  const drags = [{ handle: { x: 2, y: 0 }, by: { x: 6, y: 3 } }]
  expect(moveOf({ x: 2, y: 0 }, drags, circle)).toEqual({ x: 6, y: 3 })
  // Half of the way of 8 to the right, a third of the way of 12 to the left.
  expect(moveOf({ x: 6, y: 0 }, drags, circle).x).toBeCloseTo(3, 9)
  expect(moveOf({ x: -2, y: 0 }, drags, circle).x).toBeCloseTo(4, 9)
  // Straight up the circle is sqrt(96) away.
  expect(moveOf({ x: 2, y: 5 }, drags, circle).y).toBeCloseTo(3 * (1 - 5 / Math.sqrt(96)), 9)
  expect(moveOf({ x: 12, y: 0 }, drags, circle)).toEqual({ x: 0, y: 0 })
})

test('FastDrag: an empty pixel is the mean of its four sides, by the inverse of their distance', () => {
  const size = { width: 5, height: 3 }
  const picture = pictureOf(size, (x, y) => (y === 1 ? [60 * x, 0, 0] : [120, 0, 0]))
  const empty = rectangle(size, 1, 1, 3, 2)
  fillFromSides(picture.data, empty, size)
  // 0 one step to the left, 180 two to the right, 120 above and below: 330 / 3.5.
  expect(colourAt(picture, 1, 1)[0]).toBe(Math.round(330 / 3.5))
  // The one filled before, 180 to the right, 120 twice: 514 / 4, and half a level goes to the even one.
  expect(colourAt(picture, 2, 1)[0]).toBe(128)
})
