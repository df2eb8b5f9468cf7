/** Things that go on beyond what may change, or that the frame cuts: they bend and do not tear. */

import { describe, expect, test } from 'vitest'
import type { Drag } from '../../../shared/drag.ts'
import { editInstantly, type InstantEvents } from '../../../shared/instant/instant.ts'
import type { ShortenedDrag } from '../../../shared/instant/things.ts'
import type { Mask } from '../../../shared/mask.ts'
import { dragOf, randomNumbers, whiteOn } from '../../fixtures/drawing.ts'

const SIZE = { width: 200, height: 160 }
const white = whiteOn.bind(null, SIZE)

/** A red pole on green, from a row down to the photo's lower frame. */
const TOP = 40
const data = new Uint8ClampedArray(4 * SIZE.width * SIZE.height)
for (let y = 0; y < SIZE.height; y++)
  for (let x = 0; x < SIZE.width; x++) {
    const pole = x >= 90 && x < 110 && y >= TOP
    data.set(pole ? [200, 30, 30, 255] : [40, 150, 40, 255], 4 * (y * SIZE.width + x))
  }
const POLE = white([90, TOP, 20, SIZE.height - TOP])

function edit(
  drags: readonly Drag[],
  mask: Mask,
  fixed: Mask | null,
  within: Mask | null,
  onShortened: InstantEvents['onShortened'] = () => {},
  mostStretch?: number,
  pixels = data,
) {
  const geometry = { scope: 'component', field: 'rigid', power: 2 } as const
  return editInstantly(
    { ...SIZE, data: pixels },
    {
      drags,
      mask,
      geometry,
      seed: 1,
      within,
      fixed,
      mostStretch,
      affects: null,
      shadows: 'move' as const,
    },
    { onStage: () => {}, onShortened },
  )
}

/** The columns of a row that are red. */
function redIn(out: Uint8ClampedArray, row: number): number[] {
  return Array.from({ length: SIZE.width }, (_, x) => x).filter((x) => {
    const at = 4 * (row * SIZE.width + x)
    return (out[at] ?? 0) > 120 && (out[at + 1] ?? 0) < 90
  })
}

test('a thing that goes on beyond what may change bends, and stays whole', () => {
  const within = white([0, 0, 200, 120])
  const fixed = white([90, 120, 20, 40])
  const out = edit([dragOf(100, 60, 140, 60)], POLE, fixed, within)
  const left = Array.from({ length: SIZE.height - 60 }, (_, i) => redIn(out, 60 + i)[0] ?? -99)
  expect(left[0]).toBeGreaterThan(125)
  expect(left[119 - 60]).toBeLessThan(94)
  const steps = left.slice(1).map((x, i) => Math.abs(x - (left[i] ?? 0)))
  expect(Math.max(...steps)).toBeLessThan(4)
  for (let row = 60; row < SIZE.height; row++) expect(redIn(out, row).length).toBeGreaterThan(14)
  expect(out.subarray(4 * 120 * SIZE.width)).toEqual(data.subarray(4 * 120 * SIZE.width))
})

test('one that the frame cuts stretches away from it, and slides along it', () => {
  const up = edit([dragOf(100, 80, 100, 60)], POLE, white(), null)
  for (let row = 24; row < SIZE.height; row++) expect(redIn(up, row).length).toBeGreaterThan(16)
  expect(redIn(up, 10)).toEqual([])
  const along = edit([dragOf(100, 80, 130, 80)], POLE, white(), null)
  for (let row = 50; row < SIZE.height; row++) expect(redIn(along, row)[0]).toBeCloseTo(120, -1)
})

test('a handle beside what stays goes no further than the thing can stretch', () => {
  const fixed = white([90, 120, 20, 40])
  const within = white([0, 0, 200, 120])
  const shortened: ShortenedDrag[] = []
  const drags = [dragOf(100, 112, 180, 112)]
  const out = edit(drags, POLE, fixed, within, (drag) => shortened.push(drag))
  // What stays begins 8.5 pixels below: three times as far is 5/16 of 80 pixels.
  expect(shortened).toEqual([{ drag: 0, share: 5 / 16 }])
  edit([dragOf(100, 60, 140, 60)], POLE, fixed, within, () => expect.fail('long enough'))
  // As far as it is from that: 1/16 of 80 pixels.
  edit(drags, POLE, fixed, within, (drag) => shortened.push(drag), 1)
  expect(shortened[1]).toEqual({ drag: 0, share: 1 / 16 })
  const [left = 0] = redIn(out, 112)
  expect(left).toBeGreaterThan(100)
  expect(left).toBeLessThan(140)
})

describe('a thing that a drag would take out of what may change', () => {
  /** A red square on green; its last columns are blue. */
  const square = new Uint8ClampedArray(data.length)
  for (let y = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++) {
      const isThing = x >= 60 && x < 100 && y >= 60 && y < 100
      const colour = !isThing ? [40, 150, 40] : x < 88 ? [200, 30, 30] : [30, 30, 200]
      square.set([...colour, 255], 4 * (y * SIZE.width + x))
    }
  const right = [dragOf(80, 80, 120, 80)]
  /** From where to where the middle row is not green, and how much is blue, with what may change up to a column. */
  const landed = (edge: number, drags: readonly Drag[], fixed: Mask | null = white()) => {
    const within = white([40, 40, edge - 40, 80])
    const mask = white([60, 60, 40, 40])
    const out = edit(drags, mask, fixed, within, undefined, undefined, square)
    const colour = (x: number, k: number) => out[4 * (80 * SIZE.width + x) + k] ?? 0
    const columns = Array.from({ length: SIZE.width }, (_, x) => x)
    const thing = columns.filter((x) => colour(x, 1) < 90)
    const blue = columns.filter((x) => colour(x, 2) > 120).length
    return { from: thing[0], to: thing.at(-1), blue }
  }

  test('is pressed together before the edge, and not cut off', () => {
    const { from, to, blue } = landed(138, right)
    // Its right side would be at 139: the last 6 columns become 3.
    expect([from, to]).toEqual([100, 137])
    expect(blue).toBeGreaterThan(8)
    expect(blue).toBeLessThan(12)
    expect(landed(128, right).blue).toBeGreaterThan(4)
  })

  test('moves as it is where there is room for it', () => {
    expect(landed(143, right)).toEqual({ from: 100, to: 139, blue: 12 })
    // What may change ends where the thing does, but it does not move there.
    const left = [dragOf(80, 80, 70, 80)]
    expect(landed(100, left)).toEqual(landed(200, left))
  })

  test('is cut off where the target is too near for that, or outside', () => {
    expect(landed(122, right)).toEqual({ from: 100, to: 121, blue: 0 })
    expect(landed(110, right)).toEqual({ from: 100, to: 109, blue: 0 })
  })

  test('is cut off by an object mask', () => {
    expect(landed(138, right, null)).toEqual({ from: 100, to: 137, blue: 10 })
  })
})

test('the fill begins further out where a mask was found: hairs may be left there', () => {
  const size = { width: 500, height: 300 }
  const photo = new Uint8ClampedArray(4 * size.width * size.height)
  const random = randomNumbers(1)
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      const isThing = x >= 80 && x < 160 && y >= 100 && y < 180
      const grey = 90 + Math.floor(60 * random())
      photo.set([...(isThing ? [200, 30, 30] : [40, grey, grey]), 255], 4 * (y * size.width + x))
    }
  const drags = [dragOf(120, 140, 380, 140)]
  const geometry = { scope: 'component', field: 'rigid', power: 2 } as const
  const mask = whiteOn(size, [80, 100, 80, 80])
  const still = {
    drags,
    mask,
    geometry,
    seed: 1,
    within: null,
    affects: null,
    shadows: 'move' as const,
  }
  /** How many of 60 pixels change, so far from the left edge of the place that was left. */
  const changed = (far: number, fixed: Mask | null) => {
    const out = editInstantly({ ...size, data: photo }, { ...still, fixed })
    const rows = Array.from({ length: 60 }, (_, i) => 4 * ((110 + i) * size.width + 80 - far) + 1)
    return rows.filter((at) => out[at] !== photo[at]).length
  }
  // 8 pixels, or 4 around a mask that was sent.
  expect(changed(8, whiteOn(size))).toBeGreaterThan(50)
  expect(changed(9, whiteOn(size))).toBe(0)
  expect(changed(4, null)).toBeGreaterThan(50)
  expect(changed(5, null)).toBe(0)
})
