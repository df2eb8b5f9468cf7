import { describe, expect, test } from 'vitest'
import type { Drag } from '../../../shared/drag.ts'
import { editInstantly, type InstantEdit } from '../../../shared/instant/instant.ts'
import { type Mask, maskOfThings } from '../../../shared/mask.ts'

const SIZE = { width: 200, height: 140 }
const COUNT = SIZE.width * SIZE.height

type Colour = readonly number[]
const ground = (x: number, y: number): Colour => {
  const grain = ((x * 7 + y * 13) % 11) * 4
  return [70 + grain, 120 + grain, 70 + grain / 2, 255]
}
const thing = (x: number, y: number): Colour => [200, 40 + 8 * (x % 12), 30 + 6 * (y % 12), 255]
const square =
  (left: number, top: number, side = 40) =>
  (x: number, y: number) =>
    x >= left && y >= top && x < left + side && y < top + side

/** The ground with the thing pasted at (left, top). */
function scene(left: number, top: number): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray(4 * COUNT)
  const on = square(left, top)
  for (let y = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++)
      data.set(on(x, y) ? thing(x - left, y - top) : ground(x, y), 4 * (y * SIZE.width + x))
  return data
}

function maskOf(on: (x: number, y: number) => boolean): Mask {
  const data = Uint8Array.from({ length: COUNT }, (_, at) =>
    on(at % SIZE.width, Math.floor(at / SIZE.width)) ? 1 : 0,
  )
  return { ...SIZE, data }
}

const GEOMETRY = { scope: 'component', field: 'inverse-distance', power: 2 } as const
const drag = (fromX: number, fromY: number, toX: number, toY: number): Drag => ({
  handle: { x: fromX, y: fromY },
  target: { x: toX, y: toY },
})

function edit(
  data: Uint8ClampedArray,
  drags: readonly Drag[],
  mask: Mask,
  options: Partial<InstantEdit> = {},
): Uint8ClampedArray {
  return editInstantly(
    { ...SIZE, data },
    {
      drags,
      mask,
      geometry: GEOMETRY,
      seed: 1,
      within: null,
      fixed: null,
      affects: null,
      shadows: 'move' as const,
      ...options,
    },
  )
}

/** Mean absolute error of the colours where `on`, and how many pixels that is. */
function error(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
  on: (x: number, y: number) => boolean,
): number {
  let [sum, count] = [0, 0]
  for (let at = 0; at < COUNT; at++) {
    if (!on(at % SIZE.width, Math.floor(at / SIZE.width))) continue
    count++
    for (let i = 0; i < 3; i++) sum += Math.abs((one[4 * at + i] ?? 0) - (other[4 * at + i] ?? 0))
  }
  if (count === 0) throw new Error('no pixel to compare')
  return sum / (3 * count)
}

const changed = (one: ArrayLike<number>, other: ArrayLike<number>) =>
  Array.from({ length: COUNT }, (_, at) => at).filter((at) =>
    [0, 1, 2, 3].some((i) => one[4 * at + i] !== other[4 * at + i]),
  )

test('what is beside a thing stays when that moves by no more than half a rim', () => {
  const before = scene(80, 40)
  // What no filling would guess.
  for (let y = 45; y < 75; y++) before.set([10, 10, 250, 255], 4 * (y * SIZE.width + 78))
  const after = edit(before, [drag(100, 60, 102, 60)], maskOf(square(80, 40)))
  const beside = changed(before, after).filter((at) => at % SIZE.width < 80)
  expect(beside).toEqual([])
  // The thing itself has moved.
  expect(error(after, scene(82, 40), square(86, 44, 30))).toBe(0)
})

describe('a thing moved by whole pixels', () => {
  const before = scene(30, 40)
  const truth = scene(110, 60)
  const after = edit(before, [drag(50, 60, 130, 80)], maskOf(square(30, 40)))

  test('inside, it is the thing to the bit', () => {
    expect(error(after, truth, square(114, 64, 32))).toBe(0)
  })

  test('at its border there is no rim of the old ground', () => {
    const ring = (x: number, y: number) => square(105, 55, 50)(x, y) && !square(115, 65, 30)(x, y)
    expect(error(after, truth, ring)).toBeLessThan(8)
  })

  test('its old place is ground', () => {
    expect(error(after, truth, square(26, 36, 48))).toBeLessThan(14)
  })

  test('nothing else changes by a bit', () => {
    const near = (at: number) => {
      const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)]
      return square(25, 35, 50)(x, y) || square(105, 55, 50)(x, y)
    }
    expect(changed(before, after).filter((at) => !near(at))).toEqual([])
  })
})

test.each([
  ['wider than the thing', 22, 32, 56],
  ['tighter than the thing', 33, 43, 34],
])('with a mask that is %s, the thing moves whole and alone', (_, left, top, side) => {
  const before = scene(30, 40)
  const after = edit(before, [drag(50, 60, 130, 80)], maskOf(square(left, top, side)))
  const ring = (x: number, y: number) => square(100, 50, 60)(x, y) && !square(115, 65, 30)(x, y)
  expect(error(after, scene(110, 60), ring)).toBeLessThan(5)
})

test('a thing that is turned is whole: every pixel that comes from inside it shows it', () => {
  const drags = [drag(50, 45, 75, 50), drag(50, 75, 25, 70)]
  const after = edit(scene(30, 40), drags, maskOf(square(30, 40)))
  // The way back from a pixel: the drags backwards, each with the inverse square of its distance.
  const origin = (x: number, y: number) => {
    const weights = drags.map(
      ({ target }) => 1 / ((x - target.x) ** 2 + (y - target.y) ** 2 + 1e-9),
    )
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const back = (axis: 'x' | 'y') =>
      drags.reduce((sum, { handle, target }, i) => {
        return sum + ((weights[i] ?? 0) * (handle[axis] - target[axis])) / total
      }, 0)
    return [x + back('x'), y + back('y')] as const
  }
  const inside = square(34, 44, 32)
  const red = (at: number) => (after[4 * at] ?? 0) - (after[4 * at + 2] ?? 0)
  const shown = Array.from({ length: COUNT }, (_, at) => at).filter((at) =>
    inside(...origin((at % SIZE.width) + 0.5, Math.floor(at / SIZE.width) + 0.5)),
  )
  expect(shown.length).toBeGreaterThan(1000)
  expect(shown.filter((at) => red(at) < 80)).toEqual([])
})

test('a drag of a fraction of a pixel moves by that much, where tokens would not', () => {
  const before = scene(30, 40)
  const after = edit(before, [drag(50, 60, 52.5, 60)], maskOf(square(30, 40)))
  // Half-way between the thing at 2 and at 3 pixels further right.
  const three = scene(33, 40)
  const middle = scene(32, 40).map((value, i) => (value + (three[i] ?? 0)) / 2)
  expect(error(after, middle, square(42, 50, 20))).toBeLessThan(4)
  expect(error(after, before, square(42, 50, 20))).toBeGreaterThan(10)
})

test('a line that is thinner than any token moves whole', () => {
  const line = (x: number, y: number) => x >= 60 && x < 62 && y >= 30 && y < 110
  const before = scene(150, 90).map((value, i) =>
    line((i >> 2) % SIZE.width, Math.floor((i >> 2) / SIZE.width)) ? 255 : value,
  )
  const after = edit(before, [drag(61, 70, 101, 70)], maskOf(line))
  for (let y = 34; y < 106; y++) {
    expect(after[4 * (y * SIZE.width + 100)]).toBeGreaterThan(180)
    expect(after[4 * (y * SIZE.width + 61)]).toBeLessThan(180)
  }
})

test('a pin holds its place: what does not move is not touched', () => {
  const before = scene(30, 40)
  const drags = [drag(65, 60, 85, 60), drag(35, 60, 35, 60)]
  const after = edit(before, drags, maskOf(square(30, 40)))
  const still = (x: number, y: number) => Math.hypot(x - 35, y - 60) < 3
  expect(error(after, before, still)).toBe(0)
  expect(error(after, before, square(70, 50, 20))).toBeGreaterThan(10)
})

test('what moves away from pins has no cracks where it hardly moves', () => {
  const on = (x: number, y: number) => x >= 30 && y >= 20 && x < 150 && y < 120
  const mask = maskOf(on)
  const data = new Uint8ClampedArray(4 * COUNT)
  mask.data.forEach((flag, at) => {
    data.set(flag === 1 ? [240, 230, 220, 255] : [30, 60, 30, 255], 4 * at)
  })
  const drags = [drag(130, 60, 140, 63), drag(95, 70, 95, 70), drag(45, 60, 45, 60)]
  const geometry = { scope: 'component', field: 'rigid', power: 2 } as const
  const after = edit(data, drags, mask, { geometry })
  // Around the pins, far from where the thing ends.
  const inner = Array.from({ length: 45 * 50 }, (_, i) => {
    const [x, y] = [55 + (i % 45), 45 + Math.floor(i / 45)]
    return after[4 * (y * SIZE.width + x)]
  })
  expect(new Set(inner)).toEqual(new Set([240]))
})

test('the thing whose drag comes first is in front', () => {
  const red = (x: number, y: number) => square(20, 20, 30)(x, y)
  const blue = (x: number, y: number) => square(20, 90, 30)(x, y)
  const before = new Uint8ClampedArray(4 * COUNT)
  for (let at = 0; at < COUNT; at++) {
    const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)]
    before.set(
      red(x, y) ? [255, 0, 0, 255] : blue(x, y) ? [0, 0, 255, 255] : [90, 90, 90, 255],
      4 * at,
    )
  }
  const mask = maskOf((x, y) => red(x, y) || blue(x, y))
  const one = drag(35, 35, 120, 70)
  const other = drag(35, 105, 120, 70)
  const at = 4 * (70 * SIZE.width + 120)
  expect([...edit(before, [one, other], mask).subarray(at, at + 3)]).toEqual([255, 0, 0])
  expect([...edit(before, [other, one], mask).subarray(at, at + 3)]).toEqual([0, 0, 255])
})

test('a thing that leaves the frame is gone, and its place is filled', () => {
  const before = scene(30, 40)
  const after = edit(before, [drag(50, 60, 0, 60)], maskOf(square(30, 40)))
  expect(error(after, scene(-20, 40), square(0, 46, 14))).toBeLessThan(4)
  expect(error(after, scene(-20, 40), square(45, 45, 20))).toBeLessThan(14)
})

test('a stretched thing leaves nothing behind where it still covers its place', () => {
  const before = scene(30, 40)
  const drags = [drag(68, 60, 108, 60), drag(32, 60, 32, 60)]
  const after = edit(before, drags, maskOf(square(30, 40)))
  const red = (x: number, y: number) => after[4 * (y * SIZE.width + x)] ?? 0
  for (let x = 34; x < 100; x++) expect(red(x, 60)).toBeGreaterThan(180)
})

test('outside an editable mask no pixel changes', () => {
  const before = scene(30, 40)
  const white = (x: number, y: number) => x >= 20 && x < 128 && y >= 30 && y < 100
  const after = edit(before, [drag(50, 60, 120, 70)], maskOf(square(30, 40)), {
    within: maskOf(white),
  })
  const outside = changed(before, after).filter(
    (at) => !white(at % SIZE.width, Math.floor(at / SIZE.width)),
  )
  expect(outside).toEqual([])
  expect(error(after, scene(100, 50), square(104, 54, 20))).toBeLessThan(1)
})

test('transparency travels with the colours', () => {
  const on = square(30, 40)
  const sticker = scene(30, 40).map((value, i) => {
    const [x, y] = [(i >> 2) % SIZE.width, Math.floor((i >> 2) / SIZE.width)]
    return on(x, y) ? value : 0
  })
  const after = edit(sticker, [drag(50, 60, 130, 80)], maskOf(on))
  const alpha = (x: number, y: number) => after[4 * (y * SIZE.width + x) + 3]
  expect([alpha(130, 80), alpha(50, 60), alpha(180, 20)]).toEqual([255, 0, 0])
})

test('the mask may have another size, and drags that do not fit it are errors', () => {
  const before = scene(30, 40)
  const small: Mask = {
    width: 100,
    height: 70,
    data: Uint8Array.from({ length: 7000 }, (_, at) =>
      square(15, 20, 20)(at % 100, Math.floor(at / 100)) ? 1 : 0,
    ),
  }
  const one = edit(before, [drag(50, 60, 130, 80)], small)
  expect(one).toEqual(edit(before, [drag(50, 60, 130, 80)], maskOf(square(30, 40))))
  expect(() => edit(before, [drag(150, 20, 160, 20)], small)).toThrow(/handle/)
})

describe('two things that touch', () => {
  const other = (x: number, y: number): Colour => [40 + 8 * (x % 12), 60, 200 - 6 * (y % 12), 255]
  /** The ground with the thing at one place and another one at another. */
  const both = (left: number, right: number) => {
    const data = scene(left, 40)
    for (let y = 0; y < 40; y++)
      for (let x = 0; x < 40; x++) data.set(other(x, y), 4 * ((40 + y) * SIZE.width + right + x))
    return data
  }
  const before = both(60, 100)
  const masks = [maskOf(square(60, 40)).data, maskOf(square(100, 40)).data]
  const mask = maskOfThings(SIZE, masks)
  const apart = { geometry: { ...GEOMETRY, scope: 'thing' } } as const
  const inside = (left: number) => square(left + 3, 43, 34)

  test('and are dragged apart move as two', () => {
    const drags = [drag(80, 60, 40, 60), drag(120, 60, 160, 60)]
    const after = edit(before, drags, mask, apart)
    const truth = both(20, 140)
    expect(error(after, truth, inside(20))).toBe(0)
    expect(error(after, truth, inside(140))).toBe(0)
    // One region would stretch between the two.
    expect(error(after, truth, square(64, 44, 32))).toBeLessThan(30)
  })

  test('one that stays does not lose its edge with the other', () => {
    const after = edit(before, [drag(80, 60, 30, 60)], mask, apart)
    expect(error(after, before, square(100, 40))).toBe(0)
    expect(error(after, both(10, 100), inside(10))).toBe(0)
  })
})
