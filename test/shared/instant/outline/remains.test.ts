/** Small parts that a mask has left beside a thing: they go with it if they end there. */

import { describe, expect, test } from 'vitest'
import type { Drag, Size } from '../../../../shared/drag.ts'
import { editInstantly } from '../../../../shared/instant/instant.ts'
import { barriers, OPEN, SEED, WALL } from '../../../../shared/instant/outline/barrier.ts'
import { GOES, JOINS, remainsOf } from '../../../../shared/instant/outline/remains.ts'
import type { Mask } from '../../../../shared/mask.ts'
import { dragOf } from '../../../fixtures/drawing.ts'

const SIZE = { width: 260, height: 180 }
type On = (x: number, y: number) => boolean

const disc =
  (cx: number, cy: number, radius: number): On =>
  (x, y) =>
    (x + 0.5 - cx) ** 2 + (y + 0.5 - cy) ** 2 < radius ** 2
const bar =
  (left: number, top: number, width: number, height: number): On =>
  (x, y) =>
    x >= left && x < left + width && y >= top && y < top + height

function flagsOf({ width, height }: Size, on: On): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) =>
    on(at % width, Math.floor(at / width)) ? 1 : 0,
  )
}

const maskOf = (on: On): Mask => ({ ...SIZE, data: flagsOf(SIZE, on) })

const RED = [200, 50, 40, 255]
const BLUE = [40, 50, 200, 255]

/** Shapes on green with some grain; the last is in front. */
function scene({ width, height }: Size, ...shapes: readonly (readonly [On, readonly number[]])[]) {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) {
      const grain = ((x * 7 + y * 13) % 11) - 5
      const own = shapes.findLast(([on]) => on(x, y))?.[1] ?? [90, 150, 90, 255]
      for (let i = 0; i < 4; i++) data[at + i] = (own[i] ?? 0) + (i < 3 ? grain : 0)
    }
  return data
}

const THING = disc(70, 90, 36)
const NOWHERE: On = () => false

/** What is found beside the disc: by pixel `JOINS`, `GOES` or 0. */
function remains(
  data: Uint8ClampedArray,
  stays: On = NOWHERE,
  way = 130,
): (x: number, y: number) => number {
  const box = { left: 34, top: 54, width: 72, height: 72 }
  const found = remainsOf({ ...SIZE, data }, maskOf(THING).data, box, {
    stays,
    way: () => way,
  })
  return (x, y) => {
    if (found === null) return 0
    const [col, row] = [x - found.left, y - found.top]
    const there = col >= 0 && row >= 0 && col < found.width && row < found.height
    return there ? (found.flags[row * found.width + col] ?? 0) : 0
  }
}

/** How many pixels of a place have a flag. */
function count(flag: (x: number, y: number) => number, on: On, value: number): number {
  let sum = 0
  for (let y = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++) if (on(x, y) && flag(x, y) === value) sum++
  return sum
}

describe('beside a thing', () => {
  // The disc ends at x = 106: from there on, 16 columns of six pixels are seen.
  const stub = bar(100, 87, 22, 6)
  const seen = bar(106, 87, 16, 6)
  const beyond: On = (x, y) => !THING(x, y) && !bar(104, 86, 19, 8)(x, y)

  test.each([
    ['of its colours belongs to it', RED, JOINS],
    ['of other colours only goes away', BLUE, GOES],
  ])('a stub %s', (_, colour, flag) => {
    const found = remains(scene(SIZE, [stub, colour], [THING, RED]))
    expect(count(found, seen, flag)).toBe(6 * 16)
    expect(count(found, beyond, 0)).toBe(count(() => 0, beyond, 0))
  })

  test('what the thing does not leave behind stays, unless it is of its colours', () => {
    const left = (colour: readonly number[]) =>
      count(remains(scene(SIZE, [stub, colour], [THING, RED]), NOWHERE, 29), seen, 0)
    expect([left(BLUE), left(RED)]).toEqual([6 * 16, 0])
  })

  test('what is known to be something else stays', () => {
    const found = remains(scene(SIZE, [stub, RED], [THING, RED]), (x) => x >= 116)
    expect(count(found, () => true, 0)).toBe(SIZE.width * SIZE.height)
  })

  test.each([
    ['a line that goes on', bar(0, 87, 260, 6)],
    ['a line that the frame cuts', bar(106, 0, 6, 100)],
    ['another disc behind it', disc(124, 90, 30)],
    ['a small disc apart from it', disc(122, 90, 6)],
    ['the ground that it stands on', bar(0, 122, 260, 58)],
    ['spots of the background, also those that touch it', (x, y) => x % 12 < 6 && y % 12 < 6],
  ] as [string, On][])('%s stays', (_, shape) => {
    const found = remains(scene(SIZE, [shape, BLUE], [THING, RED]))
    expect(count(found, () => true, 0)).toBe(SIZE.width * SIZE.height)
  })
})

test('what is apart up to where it is looked for may go on: it stays', () => {
  // 30 pixels off the disc, at x = 4 and 136, the colours change.
  const [dark, bright]: [On, On] = [
    (x, y) => bar(0, 87, 260, 6)(x, y) && (x + 8) % 12 < 6,
    (x, y) => bar(0, 87, 260, 6)(x, y) && (x + 8) % 12 >= 6,
  ]
  const found = remains(scene(SIZE, [dark, [20, 20, 20, 255]], [bright, BLUE], [THING, RED]))
  expect(count(found, () => true, 0)).toBe(SIZE.width * SIZE.height)
})

test('a mask may have left more of a large thing than of a small one', () => {
  const joined = (radius: number) => {
    const [middle, size] = [radius + 20, { width: 2 * radius + 140, height: 2 * radius + 40 }]
    const thing = disc(middle, middle, radius)
    // It stands out by 38 columns of 4 pixels.
    const tail = bar(middle, middle - 2, radius + 38, 4)
    const box = { left: 20, top: 20, width: 2 * radius, height: 2 * radius }
    const data = scene(size, [tail, RED], [thing, RED])
    const beside = { stays: NOWHERE, way: () => 200 }
    const found = remainsOf({ ...size, data }, flagsOf(size, thing), box, beside)
    return found?.flags.reduce((sum, flag) => sum + (flag === JOINS ? 1 : 0), 0) ?? 0
  }
  expect(joined(36)).toBe(0)
  expect(joined(60)).toBeGreaterThan(0.9 * 38 * 4)
  expect(joined(60)).toBeLessThan(1.2 * 38 * 4)
})

test('what is seen in a gap of the thing stays', () => {
  const gap = bar(84, 83, 24, 14)
  const thing: On = (x, y) => THING(x, y) && !gap(x, y)
  const data = scene(SIZE, [gap, BLUE], [thing, RED])
  const box = { left: 34, top: 54, width: 72, height: 72 }
  const beside = { stays: NOWHERE, way: () => 130 }
  expect(remainsOf({ ...SIZE, data }, flagsOf(SIZE, thing), box, beside)).toBeNull()
})

test('in a large photo, which is looked at in a smaller size, it is the same', () => {
  const times = 4
  const size = { width: times * SIZE.width, height: times * SIZE.height }
  const large =
    (on: On): On =>
    (x, y) =>
      on(Math.floor(x / times), Math.floor(y / times))
  const inside = flagsOf(size, large(THING))
  const box = { left: 136, top: 216, width: 288, height: 288 }
  const found = (shape: On) => {
    const data = scene(size, [large(shape), RED], [large(THING), RED])
    return remainsOf({ ...size, data }, inside, box, { stays: NOWHERE, way: () => 500 })
  }
  // 20 pixels long and 8 wide.
  const stub: On = (x, y) => x >= 100 && x < 111 && y >= 89 && y < 91
  const flags = found(stub)?.flags ?? new Uint8Array()
  const joined = flags.reduce((sum, flag) => sum + (flag === JOINS ? 1 : 0), 0)
  expect(joined).toBeGreaterThan(0.9 * 20 * 8)
  expect(joined).toBeLessThan(1.3 * 20 * 8)
  expect(found(bar(0, 89, 260, 2))).toBeNull()
})

test('what the frame of a large photo cuts stays', () => {
  const size = { width: 1200, height: 800 }
  const disc = (x: number, y: number) => (x - 60) ** 2 + (y - 400) ** 2 < 40 ** 2
  const data = scene(size, [(x, y) => x < 40 && Math.abs(y - 400) < 4, RED], [disc, RED])
  const box = { left: 20, top: 360, width: 80, height: 80 }
  const beside = { stays: NOWHERE, way: () => 500 }
  expect(remainsOf({ ...size, data }, flagsOf(size, disc), box, beside)).toBeNull()
})

/** Red pixels of a place after the disc, with a red stub, went 130 to the right. */
function redAfter(fixed: Mask | null, place: On, pins: readonly Drag[] = []): number {
  const after = editInstantly(
    { ...SIZE, data: scene(SIZE, [bar(100, 84, 22, 12), RED], [THING, RED]) },
    {
      drags: [dragOf(70, 90, 200, 90), ...pins],
      mask: maskOf(THING),
      geometry: { scope: 'component', field: 'rigid', power: 2 },
      seed: 1,
      within: null,
      fixed,
      affects: null,
      shadows: 'move' as const,
    },
  )
  const red = (x: number, y: number) => {
    const at = 4 * (y * SIZE.width + x)
    return (after[at] ?? 0) > 150 && (after[at + 1] ?? 0) < 90 ? 1 : 0
  }
  return count(red, place, 1)
}

test('with a mask that was found, remains move; with an object mask they stay', () => {
  const [here, there] = [bar(116, 84, 6, 12), bar(238, 85, 13, 10)]
  const found = maskOf(NOWHERE)
  expect([redAfter(found, here), redAfter(found, there)]).toEqual([0, 10 * 13])
  expect([redAfter(null, here), redAfter(null, there)]).toEqual([6 * 12, 0])
})

test('a pin on remains holds its pixel', () => {
  const pin = dragOf(118.5, 90.5, 118.5, 90.5)
  expect(redAfter(maskOf(NOWHERE), bar(118, 90, 1, 1), [pin])).toBe(1)
})

test('a barrier is the range of colour on the best way, around walls', () => {
  // Row by row: a seed of 10, a ridge of 50 with a pass of 30, a valley of 12; below, a wall.
  const l = Float32Array.of(10, 50, 12, 10, 30, 12, 10, 50, 12, 0, 0, 12)
  const image = { width: 3, height: 4, l, a: new Float32Array(12), b: new Float32Array(12) }
  const kinds = Uint8Array.from([
    SEED,
    OPEN,
    OPEN,
    SEED,
    OPEN,
    OPEN,
    SEED,
    OPEN,
    OPEN,
    WALL,
    WALL,
    OPEN,
  ])
  const far = Number.POSITIVE_INFINITY
  expect([...barriers(image, kinds)]).toEqual([0, 40, 20, 0, 20, 20, 0, 40, 20, far, far, 20])
})

test('what cannot be reached at all is not apart', () => {
  const image = {
    width: 3,
    height: 1,
    l: new Float32Array(3),
    a: new Float32Array(3),
    b: new Float32Array(3),
  }
  expect([...barriers(image, Uint8Array.of(SEED, WALL, OPEN))]).toEqual([
    0,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ])
})
