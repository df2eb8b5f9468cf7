import { expect, test } from 'vitest'
import { compositePixels } from '../../../gpu-worker/photo/composite.ts'
import type { Kept } from '../../../gpu-worker/photo/kept.ts'

const grid = { rows: 3, cols: 4 }

function run(
  photo: { width: number; height: number },
  working: { width: number; height: number },
  region: number[],
  kept: Kept | null = null,
  feather = 8,
): number[][] {
  const count = 3 * photo.width * photo.height
  const out = compositePixels(
    new Uint8Array(count),
    new Uint8Array(count),
    new Uint8Array(count).fill(255),
    photo,
    working,
    grid,
    region,
    kept,
    feather,
  )
  return Array.from({ length: photo.height }, (_, y) =>
    Array.from({ length: photo.width }, (__, x) => out[3 * (y * photo.width + x)] as number),
  )
}

test('outside the region nothing changes, inside the edit fades in over 8 working pixels', () => {
  const size = { width: 64, height: 48 }
  const rows = run(size, size, [5])
  // Token 5 is row 1, col 1: x 16 to 31. Across its middle row the nearest border is left, right,
  // or 8 up or down.
  const middle = rows[23] as number[]
  expect(middle.slice(0, 16)).toEqual(new Array(16).fill(0))
  expect(middle.slice(32)).toEqual(new Array(32).fill(0))
  expect(middle.slice(16, 24)).toEqual(
    [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5].map((d) => Math.round((255 * d) / 8)),
  )
  expect(middle.slice(24, 32)).toEqual(middle.slice(16, 24).reverse())
  expect(rows[15]?.every((value) => value === 0)).toBe(true)
})

test('there is no fade at the edge of the image, and none inside a wide region', () => {
  const size = { width: 64, height: 48 }
  const everything = Array.from({ length: 12 }, (_, i) => i)
  expect(
    run(size, size, everything)
      .flat()
      .every((value) => value === 255),
  ).toBe(true)
  const left = run(size, size, [0, 1, 4, 5, 8, 9])
  expect(left[0]?.slice(0, 24)).toEqual(new Array(24).fill(255))
  expect(left[0]?.[31]).toBe(Math.round((255 * 0.5) / 8))
  expect(left[0]?.[32]).toBe(0)
})

test('on a photo of another size, pixels belong to the token that contains their centre', () => {
  const rows = run({ width: 13, height: 10 }, { width: 64, height: 48 }, [5])
  rows.forEach((row, y) => {
    row.forEach((value, x) => {
      const inside =
        Math.floor(((y + 0.5) * 3) / 10) === 1 && Math.floor(((x + 0.5) * 4) / 13) === 1
      if (!inside) expect(value).toBe(0)
    })
  })
  expect(rows[4]?.[4]).toBeGreaterThan(0)
})

test('pixels that are kept do not change, even in tokens of the edit region', () => {
  const size = { width: 64, height: 48 }
  const everything = Array.from({ length: 12 }, (_, i) => i)
  for (const row of run(size, size, everything, (x) => x >= 20)) {
    expect(row.slice(0, 20)).toEqual(new Array(20).fill(255))
    expect(row.slice(20)).toEqual(new Array(44).fill(0))
  }
})

test('the fade is as wide as it is asked for, also wider than a token; 0 is a hard edge', () => {
  const size = { width: 64, height: 48 }
  const hard = run(size, size, [5], null, 0)
  expect(hard[23]?.slice(15, 33)).toEqual([0, ...new Array(16).fill(255), 0])
  // Everything but the last column of tokens: the border is at x = 48, a token is 16 wide.
  const wide = run(size, size, [0, 1, 2, 4, 5, 6, 8, 9, 10], null, 20)
  expect(wide[0]?.slice(26, 50)).toEqual(
    Array.from({ length: 24 }, (_, i) =>
      Math.round((255 * Math.max(0, Math.min(20, 48 - 26.5 - i))) / 20),
    ),
  )
})

test('where the edit fades in, colours that cannot be seen do not show', () => {
  const size = { width: 64, height: 48 }
  const count = 3 * 64 * 48
  const hidden = new Uint8Array(count).fill(255)
  const visible = new Uint8Array(count).fill(40)
  const out = compositePixels(hidden, visible, visible, size, size, grid, [5], null, 8)
  const at = (x: number, y: number) => out[3 * (y * 64 + x)]
  expect([at(16, 20), at(20, 20), at(31, 31)]).toEqual([40, 40, 40])
  // Outside the edit region every byte is the photo's.
  expect([at(15, 20), at(32, 20)]).toEqual([255, 255])
})
