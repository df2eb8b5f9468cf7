/** What meets at a hole's border goes on in it: against what has the least variation, by hand. */

import { expect, test } from 'vitest'
import { fillHole } from '../../../shared/instant/fill/fill.ts'
import { joinLines } from '../../../shared/instant/fill/shortest-lines.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'

/** A grey picture, its hole of a middling grey. */
function level(
  size: number,
  grey: (x: number, y: number) => number,
  on: (x: number, y: number) => boolean,
) {
  const all = [...new Array(size * size).keys()].map((at) => [at % size, Math.floor(at / size)])
  const hole = Uint8Array.from(all, ([x = 0, y = 0]) => (on(x, y) ? 1 : 0))
  const data = new Uint8ClampedArray(4 * size * size)
  all.forEach(([x = 0, y = 0], at) => {
    const value = hole[at] === 1 ? 120 : grey(x, y)
    data.set([value, value, value, 255], 4 * at)
  })
  return { width: size, height: size, data, hole, closed: hole, hidden: null, texture: null }
}

const between = (least: number, value: number, most: number) => least <= value && value < most

test('a line that enters a hole on two sides crosses it straight', () => {
  const picture = level(
    24,
    (x) => (x < 12 ? 0 : 240),
    (x, y) => between(6, x, 18) && between(9, y, 15),
  )
  joinLines(picture, 3)
  // Known pixels count with those beside them: every row is as the one above the hole, three by three.
  const row = Array.from({ length: 24 }, (_, x) =>
    x < 11 ? 0 : x > 12 ? 240 : x === 11 ? 80 : 160,
  )
  picture.hole.forEach((flag, at) => {
    if (flag === 0) return
    expect(Math.abs((picture.data[4 * at] ?? 0) - (row[at % 24] ?? 0))).toBeLessThan(25)
  })
})

test('what touches a hole on one side alone does not grow into it', () => {
  const picture = level(
    24,
    (x, y) => (x >= 18 && between(10, y, 14) ? 0 : 240),
    (x, y) => between(6, x, 18) && between(6, y, 18),
  )
  joinLines(picture, 6)
  const inside = [...picture.hole.keys()].filter((at) => picture.hole[at] === 1 && at % 24 < 16)
  expect(inside.length).toBe(120)
  for (const at of inside) expect(picture.data[4 * at]).toBeGreaterThan(225)
})

test('what is hidden says nothing of the hole beside it, near or far', () => {
  const filled = [0, 240].map((colour) => {
    const picture = level(
      48,
      (x, y) => (between(14, x, 40) && between(8, y, 40) ? colour : 100),
      (x, y) => between(8, x, 14) && between(8, y, 40),
    )
    const hidden = picture.hole.map((_, at) =>
      Number(between(14, at % 48, 40) && between(8, Math.floor(at / 48), 40)),
    )
    joinLines({ ...picture, hidden }, 3)
    return [...picture.hole.keys()]
      .filter((at) => picture.hole[at] === 1)
      .map((at) => picture.data[4 * at])
  })
  for (const value of filled.flat()) expect(Math.abs((value ?? 0) - 100)).toBeLessThan(25)
})

test('a rough trunk beside a hole keeps its edge, and the plain ground its place', () => {
  const random = randomNumbers(7)
  const picture = level(
    240,
    (x) => (x < 160 ? 180 : 20 + 70 * random()),
    (x, y) => ((x - 130) / 40) ** 2 + ((y - 120) / 90) ** 2 < 1,
  )
  fillHole(picture, picture.hole, picture.hole, 1)
  const inside = [...picture.hole.keys()].filter(
    (at) => picture.hole[at] === 1 && !between(154, at % 240, 166),
  )
  const wrong = inside.filter((at) => (picture.data[4 * at] ?? 0) > 130 !== at % 240 < 160)
  // Without the guess, the trunk takes 12 % of the hole.
  expect(wrong.length / inside.length).toBeLessThan(0.04)
})
