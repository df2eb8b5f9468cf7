/** Cut-outs that move over other pictures. */

import { expect, test } from 'vitest'
import { cutOut, moved, placed } from '../../../evaluation/truth/cut-outs.ts'
import { Random } from '../../../shared/instant/random.ts'
import { colourAt, pictureOf, rectangle } from '../picture.ts'

const size = { width: 80, height: 60 }
const ground = pictureOf(size, (x, y) => [x, y, 50])
const other = pictureOf(size, () => [200, 100, 0])

test('a cut-out is the largest part of its shape, with an edge of half a pixel', () => {
  const shape = rectangle(size, 10, 10, 20, 18)
  shape[50 * size.width + 50] = 1
  const thing = cutOut(other, shape)
  // Opaque inside, 7/8 at an edge, 6/8 at a corner; the ring outside has 1/8 beside an edge.
  expect([thing.width, thing.height, thing.at]).toEqual([12, 10, { x: 9, y: 9 }])
  const alpha = (x: number, y: number) => thing.data[4 * (y * thing.width + x) + 3]
  expect([alpha(5, 5), alpha(1, 5), alpha(1, 1), alpha(0, 5), alpha(0, 0)]).toEqual([
    255, 223, 191, 32, 0,
  ])
  expect(thing.shape.reduce((sum, flag) => sum + flag, 0)).toBe(10 * 8)
})

test('after a move the old place is the ground, and the thing is where its drag says', () => {
  const thing = cutOut(other, rectangle(size, 0, 0, 9, 9))
  const made = moved({ id: 'a', category: 'a' }, ground, thing, { x: 5, y: 20 }, { x: 30, y: 7 })
  const [drag] = made.drags
  const { x = 0, y = 0 } = drag?.handle ?? {}
  expect(drag?.target).toEqual({ x: x + 30, y: y + 7 })
  const middle = { x: Math.floor(x), y: Math.floor(y) }
  expect(colourAt(made.before, middle.x, middle.y)).toEqual([200, 100, 0])
  expect(colourAt(made.after, middle.x, middle.y)).toEqual([middle.x, middle.y, 50])
  expect(colourAt(made.after, middle.x + 30, middle.y + 7)).toEqual([200, 100, 0])
  const offset = 7 * size.width + 30
  expect(made.landed.slice(offset)).toEqual(made.shape.slice(0, -offset))
})

test('a thing goes as far as there is room, and a larger one nowhere', () => {
  const random = new Random(3)
  for (let i = 0; i < 20; i++) {
    const place = placed(size, { width: 20, height: 20 }, 1.5, random)
    if (place === null) throw new Error('there is room')
    const { at, by } = place
    expect(Math.abs(by.x)).toBe(30)
    for (const left of [at.x, at.x + by.x]) {
      expect(left).toBeGreaterThanOrEqual(8)
      expect(left + 20).toBeLessThanOrEqual(size.width - 8)
    }
  }
  const tight = placed(size, { width: 60, height: 20 }, 1.5, random)
  expect(Math.abs(tight?.by.x ?? 0)).toBe(4)
  expect(placed(size, { width: 66, height: 20 }, 1, random)).toBeNull()
})
