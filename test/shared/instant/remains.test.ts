/** Small parts that a mask has left beside a thing: they go with it if they end there. */

import { describe, expect, test } from 'vitest'
import { editInstantly } from '../../../shared/instant/instant.ts'
import { barriers, OPEN, SEED, WALL } from '../../../shared/instant/outline/barrier.ts'
import type { Mask } from '../../../shared/mask.ts'
import { dragOf } from '../../fixtures/drawing.ts'

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

function maskOf(on: On): Mask {
  const data = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, at) =>
    on(at % SIZE.width, Math.floor(at / SIZE.width)) ? 1 : 0,
  )
  return { ...SIZE, data }
}

const RED = [200, 50, 40, 255]
const BLUE = [40, 50, 200, 255]

/** Shapes on green with some grain; the last is in front. */
function scene(...shapes: readonly (readonly [On, readonly number[]])[]) {
  const data = new Uint8ClampedArray(4 * SIZE.width * SIZE.height)
  for (let y = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++) {
      const grain = ((x * 7 + y * 13) % 11) - 5
      const own = shapes.findLast(([on]) => on(x, y))?.[1] ?? [90, 150, 90, 255]
      for (let i = 0; i < 4; i++)
        data[4 * (y * SIZE.width + x) + i] = (own[i] ?? 0) + (i < 3 ? grain : 0)
    }
  return data
}

/** The disc of the mask goes 130 pixels to the right. */
const THING = disc(70, 90, 36)
const BY = 130

function moved(data: Uint8ClampedArray, options: { found?: boolean; affects?: Mask } = {}) {
  const { found = true, affects = null } = options
  return editInstantly(
    { ...SIZE, data },
    {
      drags: [dragOf(70, 90, 70 + BY, 90)],
      mask: maskOf(THING),
      geometry: { scope: 'component', field: 'rigid', power: 2 },
      seed: 1,
      within: null,
      fixed: found ? maskOf(() => false) : null,
      affects,
    },
  )
}

/** How many pixels, of those where `on`, have about a colour. */
function count(data: Uint8ClampedArray, on: On, colour: readonly number[]): number {
  let sum = 0
  for (let y = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++) {
      const at = 4 * (y * SIZE.width + x)
      const near = [0, 1, 2].every((i) => Math.abs((data[at + i] ?? 0) - (colour[i] ?? 0)) < 40)
      if (on(x, y) && near) sum++
    }
  return sum
}

const shifted =
  (on: On): On =>
  (x, y) =>
    on(x - BY, y)

describe('beside a thing whose mask was found', () => {
  // Off the disc's border at x = 106: 16 pixels of it are seen.
  const stub = bar(100, 87, 22, 6)
  const seen: On = (x, y) => stub(x, y) && x >= 111

  test('a stub of its colours moves with it', () => {
    const after = moved(scene([stub, RED], [THING, RED]))
    expect(count(after, seen, RED)).toBe(0)
    expect(
      count(
        after,
        shifted((x, y) => seen(x, y) && x < 120),
        RED,
      ),
    ).toBeGreaterThan(40)
  })

  test('one of other colours only goes away', () => {
    const after = moved(scene([stub, BLUE], [THING, RED]))
    expect(count(after, seen, BLUE)).toBe(0)
    expect(count(after, () => true, BLUE)).toBe(0)
  })

  test('what has a shadow’s mask stays', () => {
    const before = scene([stub, BLUE], [THING, RED])
    const affects = maskOf((x, y) => seen(x, y))
    expect(count(moved(before, { affects }), seen, [90, 150, 90])).toBeLessThan(20)
  })

  test.each([
    ['a line that goes on', bar(0, 87, 260, 6), bar(112, 87, 40, 6)],
    ['a thing behind it that goes on', disc(124, 90, 30), (x: number) => x > 112 && x < 150],
    ['a small thing apart from it', disc(122, 90, 6), disc(122, 90, 6)],
    ['the ground that it stands on', bar(0, 122, 260, 58), bar(112, 132, 40, 40)],
  ] as const)('%s stays to the bit', (_, shape, place) => {
    const before = scene([shape, BLUE], [THING, RED])
    const after = moved(before)
    for (let y = 0; y < SIZE.height; y++)
      for (let x = 112; x < 150; x++) {
        if (!place(x, y) || !shape(x, y)) continue
        const at = 4 * (y * SIZE.width + x)
        expect([...after.subarray(at, at + 4)]).toEqual([...before.subarray(at, at + 4)])
      }
  })

  test('spots of the background stay, also where they touch it', () => {
    const spots: On = (x, y) => x % 12 < 6 && y % 12 < 6
    const before = scene([spots, BLUE], [THING, RED])
    const after = moved(before)
    const around: On = (x, y) => disc(70, 90, 70)(x, y) && !disc(70, 90, 42)(x, y)
    for (let y = 0; y < SIZE.height; y++)
      for (let x = 0; x < SIZE.width; x++) {
        if (!around(x, y)) continue
        const at = 4 * (y * SIZE.width + x)
        expect(after[at]).toBe(before[at])
      }
  })
})

test('beside an object mask, nothing further away than the rim changes', () => {
  const stub = bar(100, 87, 22, 6)
  const after = moved(scene([stub, BLUE], [THING, RED]), { found: false })
  expect(count(after, (x, y) => stub(x, y) && x >= 112, BLUE)).toBe(60)
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
