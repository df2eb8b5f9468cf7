/** Colours by cells, against values by hand. */

import { expect, test } from 'vitest'
import { cellsOf, roughnessOf, spreadCells } from '../../../../shared/instant/beside/in-cells.ts'

/** Five columns and two rows in cells of two pixels: the last column is half a cell. */
const SIZE = { width: 5, height: 2 }
const REDS = [10, 20, 100, 110, 60, 30, 40, 120, 130, 80]
const rgba = Uint8ClampedArray.from(REDS.flatMap((red) => [red, 2 * (red % 50), 7, 255]))

test('means and counts of the part', () => {
  const cells = cellsOf(rgba, SIZE, 2, (at) => at !== 0)
  expect(cells).toMatchObject({ width: 3, height: 1, side: 2 })
  expect([...cells.counts]).toEqual([3, 4, 2])
  const reds = [0, 1, 2].map((cell) => cells.means[3 * cell])
  expect(reds).toEqual([30, 115, 70])
  expect(cells.means[2]).toBe(7)
})

test('colours in between, the same at the ends, and spread over what has none', () => {
  const all = spreadCells(cellsOf(rgba, SIZE, 2, () => true))
  // Means 25, 115 and 70; the middles of the cells are between their pixels.
  expect(all(0, 0, 0)).toBe(25)
  expect(all(1, 1, 0)).toBeCloseTo(25 + 0.25 * 90, 4)
  expect(all(2, 0, 0)).toBeCloseTo(25 + 0.75 * 90, 4)
  const some = spreadCells(cellsOf(rgba, SIZE, 2, (at) => at % 5 < 2))
  for (const x of [0, 3, 4]) expect(some(x, 0, 0)).toBeCloseTo(25, 4)
})

test('roughness is the deviation of the cells around, of all channels together', () => {
  const flat = cellsOf(new Uint8ClampedArray(40).fill(9), SIZE, 1, () => true)
  expect([...roughnessOf(flat, 1)]).toEqual(Array(10).fill(0))
  // Of a row 0, 0, 30 in two channels, in windows of two, three and two.
  const row = Uint8ClampedArray.from([0, 0, 30].flatMap((value) => [value, value, 5, 255]))
  const cells = cellsOf(row, { width: 3, height: 1 }, 1, () => true)
  const [first = 0, middle = 0, last = 0] = roughnessOf(cells, 1)
  expect(first).toBe(0)
  expect(middle).toBeCloseTo(Math.sqrt(2 * 200), 2)
  expect(last).toBeCloseTo(Math.sqrt(2 * 225), 2)
  // Within a cell of three pixels, too.
  const large = cellsOf(row, { width: 3, height: 1 }, 3, () => true)
  expect(roughnessOf(large, 1)[0]).toBeCloseTo(Math.sqrt(2 * 200), 2)
  // What is not of the part counts for nothing, and where there is none, it is as rough as beside.
  const two = cellsOf(row, { width: 3, height: 1 }, 1, (at) => at > 0)
  expect(roughnessOf(two, 0)).toHaveLength(3)
  expect(roughnessOf(two, 1)[0]).toBeCloseTo(0, 2)
  expect(roughnessOf(two, 1)[2]).toBeCloseTo(Math.sqrt(2 * 225), 2)
  const part = cellsOf(row, { width: 3, height: 1 }, 1, (at) => at < 2)
  expect(Math.max(...roughnessOf(part, 1))).toBeLessThan(0.01)
})
