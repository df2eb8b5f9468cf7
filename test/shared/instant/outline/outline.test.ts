import { describe, expect, test } from 'vitest'
import { boxOf } from '../../../../shared/instant/box.ts'
import { closeIslands, dropStray } from '../../../../shared/instant/outline/islands.ts'
import { settledOutline } from '../../../../shared/instant/outline/outline.ts'

type On = (x: number, y: number) => boolean

const disc =
  (radius: number, cx = 100, cy = 80): On =>
  (x, y) =>
    (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2

function flagsOf(width: number, height: number, on: On): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) =>
    on(at % width, Math.floor(at / width)) ? 1 : 0,
  )
}

type Asked = {
  /** Where the photo has the thing's colours. */
  readonly red: On
  readonly drawn: On
  readonly taken?: On
  readonly size?: { readonly width: number; readonly height: number }
}

/** Whether a pixel belongs to the settled thing. */
function settled({ red, drawn, taken, size = { width: 200, height: 160 } }: Asked): On {
  const { width, height } = size
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const grain = ((x * 7 + y * 13) % 11) * 3
      const rest = [90 + grain, 140 + grain, 90, 255]
      const own = [190 + grain, 60 + grain, 40, 255]
      data.set(red(x, y) ? own : rest, 4 * (y * width + x))
    }
  const owned = flagsOf(width, height, drawn)
  const box = boxOf(owned, size)
  if (box === null) throw new Error('nothing is drawn')
  const { inside, ...part } = settledOutline({ width, height, data }, owned, box, taken)
  return (x, y) => {
    const [col, row] = [x - part.left, y - part.top]
    const there = col >= 0 && row >= 0 && col < part.width && row < part.height
    return there && inside[row * part.width + col] === 1
  }
}

/** How many pixels of the settled thing are wrong, per pixel of its border. */
function wrong(thing: On, drawn: On, colours: 'two' | 'one', size = { width: 200, height: 160 }) {
  const { width, height } = size
  const inside = settled({ red: colours === 'two' ? thing : () => false, drawn, size })
  const count = (on: On) => flagsOf(width, height, on).reduce((sum, flag) => sum + flag, 0)
  return (
    count((x, y) => inside(x, y) !== thing(x, y)) / count((x, y) => thing(x, y) !== thing(x + 1, y))
  )
}

describe('the outline of a thing', () => {
  test.each([
    ['exact', 40],
    ['8 pixels wider', 48],
    ['12 pixels wider', 52],
    ['4 pixels tighter', 36],
  ])('is found from a mask that is %s', (_, radius) => {
    expect(wrong(disc(40), disc(radius), 'two')).toBeLessThan(0.5)
  })

  test('is the mask’s where colours say nothing', () => {
    expect(wrong(disc(40), disc(40), 'one')).toBeLessThan(0.5)
  })

  test('is found in a large photo, which is looked at in a smaller size', () => {
    const size = { width: 1500, height: 1000 }
    const thing = disc(150, 700, 500)
    expect(wrong(thing, disc(164, 700, 500), 'two', size)).toBeLessThan(1)
    expect(wrong(thing, thing, 'two', size)).toBeLessThan(0.6)
  })
})

test('a part of the thing in the colours beside it is not cut off', () => {
  const thing = disc(40)
  const notch: On = (x, y) => x > 128 && Math.abs(y - 80) < 9
  const inside = settled({ red: (x, y) => thing(x, y) && !notch(x, y), drawn: thing })
  const lost = flagsOf(200, 160, (x, y) => disc(37)(x, y) && !inside(x, y))
  expect(lost.indexOf(1)).toBe(-1)
})

test('a thing does not grow into another on the mask', () => {
  const other = disc(8, 147, 80)
  const inside = settled({
    red: (x, y) => disc(40)(x, y) || other(x, y),
    drawn: disc(34),
    taken: other,
  })
  expect(flagsOf(200, 160, (x, y) => other(x, y) && inside(x, y)).indexOf(1)).toBe(-1)
  expect(inside(62, 80)).toBe(true)
})

test('enclosed background belongs to the thing if there is little of it', () => {
  const size = { width: 40, height: 30 }
  const ring = (hole: number) =>
    flagsOf(40, 30, (x, y) => disc(12, 20, 15)(x, y) && !disc(hole, 20, 15)(x, y))
  const [small, large] = [ring(3), ring(8)]
  closeIslands(small, size, 50)
  closeIslands(large, size, 50)
  expect(small).toEqual(flagsOf(40, 30, disc(12, 20, 15)))
  expect(large).toEqual(ring(8))
})

test('parts without a sure pixel are dropped', () => {
  const size = { width: 40, height: 30 }
  const flags = flagsOf(40, 30, (x, y) => disc(5, 10, 10)(x, y) || disc(3, 30, 20)(x, y))
  dropStray(flags, flagsOf(40, 30, disc(2, 10, 10)), size)
  expect(flags).toEqual(flagsOf(40, 30, disc(5, 10, 10)))
})
