import { expect, test } from 'vitest'
import { compositePixels } from '../../../../gpu-worker/photo/composite.ts'
import { affectedArea } from '../../../../gpu-worker/photo/restore/affected.ts'
import { packMask } from '../../../../shared/files/packed-mask.ts'

/** One pixel of the photo is one of the working size; 2 x 4 tokens of 16. */
const size = { width: 64, height: 32 }
const grid = { rows: 2, cols: 4 }
const whole = { left: 0, top: 0, ...size }
const maskOf = (on: (x: number, y: number) => boolean) =>
  packMask({
    ...size,
    data: Uint8Array.from({ length: 64 * 32 }, (_, at) =>
      on(at % 64, Math.floor(at / 64)) ? 1 : 0,
    ),
  })
const black = new Uint8Array(3 * 64 * 32)
const white = black.map(() => 255)
const smooth = (t: number) => t * t * (3 - 2 * t)

/** Columns 40 to 63, down to the last row: 24 pixels wide, up to the end of the picture. */
const stripe = maskOf((x) => x >= 40)

test('the picture comes in softly from the border of what is affected, and nowhere else', async () => {
  const affected = await affectedArea(await stripe, size, whole, size, grid, [])
  expect(affected.tokens).toEqual([2, 3, 6, 7])
  const out = compositePixels(black, black, white, size, size, grid, [], null, 8, affected)
  const row = Array.from({ length: 64 }, (_, x) => out[3 * (10 * 64 + x)])
  expect(row.slice(0, 40)).toEqual(new Array(40).fill(0))
  // The deepest pixel is 23.5 pixels from the border.
  expect(row.slice(40)).toEqual(
    Array.from({ length: 24 }, (_, i) => Math.round(255 * smooth((i + 0.5) / 23.5))),
  )
})

test('next to the edit region nothing fades, and the larger share counts', async () => {
  const region = [1, 5]
  const affected = await affectedArea(await maskOf((x) => x >= 32), size, whole, size, grid, region)
  expect(affected.tokens).toEqual([2, 3, 6, 7])
  const out = compositePixels(black, black, white, size, size, grid, region, null, 8, affected)
  const row = Array.from({ length: 64 }, (_, x) => out[3 * (10 * 64 + x)] as number)
  expect(row.slice(0, 16)).toEqual(new Array(16).fill(0))
  expect(row[16]).toBe(Math.round((255 * 0.5) / 8))
  // The region alone fades over 8 pixels up to column 31; from 32 on it is as far from the border as
  // the region's and the area's pixels together.
  expect(row[32]).toBe(Math.round(255 * smooth(16.5 / 32)))
  expect(row[63]).toBe(255)
})

test('a pin holds what is affected, an editable mask does not limit it', async () => {
  const affected = await affectedArea(await stripe, size, whole, size, grid, [])
  const none = () => true
  const held = (x: number) => x < 50
  const out = compositePixels(black, black, white, size, size, grid, [3], none, 8, affected, held)
  const row = Array.from({ length: 64 }, (_, x) => out[3 * (10 * 64 + x)] as number)
  expect(row.slice(0, 50)).toEqual(new Array(50).fill(0))
  expect(row[63]).toBe(255)
})

test('in a crop, the mask is still that of the whole photo', async () => {
  const area = { left: 32, top: 0, width: 32, height: 32 }
  const affected = await affectedArea(await stripe, size, area, area, { rows: 2, cols: 2 }, [])
  expect(affected.tokens).toEqual([0, 1, 2, 3])
  expect([7, 8].map((x) => affected.weight(x, 3) > 0)).toEqual([false, true])
})
