import { expect, test } from 'vitest'
import { matchedToRing } from '../../../../gpu-worker/photo/restore/ring.ts'

/** 4 x 6 tokens of 2 pixels. */
const working = { width: 12, height: 8 }
const grid = { rows: 4, cols: 6 }
const plane = working.width * working.height
/** Tokens of rows 1 and 2, columns 1 to 4. */
const region = [7, 8, 9, 10, 13, 14, 15, 16]
const inRegion = (at: number) => {
  const [x, y] = [at % 12, Math.floor((at % plane) / 12)]
  return x >= 2 && x < 10 && y >= 2 && y < 6
}
const photo = Float32Array.from({ length: 3 * plane }, (_, i) => Math.sin(i) / 2)

test('a constant change of colour is undone inside, by channel', () => {
  const shift = [0.05, -0.02, 0.11]
  const decoded = photo.map((value, i) => value + (shift[Math.floor(i / plane)] as number))
  const matched = matchedToRing(decoded, photo, working, grid, region)
  matched.forEach((value, i) => {
    const expected = inRegion(i) ? photo[i] : decoded[i]
    expect(value).toBeCloseTo(expected as number, 6)
  })
})

test('what the backbone painted inside does not matter, only the ring does', () => {
  const decoded = photo.map((value, i) => (inRegion(i) ? 0.7 : value + 0.04))
  const matched = matchedToRing(decoded, photo, working, grid, region)
  matched.forEach((value, i) => {
    if (inRegion(i)) expect(value).toBeCloseTo(0.66, 6)
  })
})

test('a change on one side only fades to the other', () => {
  // The photo is 0.1 brighter in the left column of tokens, as it is elsewhere.
  const black = new Float32Array(3 * plane)
  const reference = black.map((_, i) => (i % 12 < 2 ? 0.1 : 0))
  const matched = matchedToRing(black, reference, working, grid, region)
  const row = Array.from({ length: 8 }, (_, i) => matched[3 * 12 + 2 + i] as number)
  for (let i = 1; i < row.length; i++)
    expect(row[i]).toBeLessThanOrEqual((row[i - 1] as number) + 1e-6)
  expect(row[0]).toBeGreaterThan(0.04)
  expect(row[7]).toBeLessThan(0.03)
})

test('a region without a ring stays as it is', () => {
  const all = Array.from({ length: 24 }, (_, i) => i)
  const decoded = photo.map((value) => value + 0.1)
  expect(matchedToRing(decoded, photo, working, grid, all)).toEqual(decoded)
})
