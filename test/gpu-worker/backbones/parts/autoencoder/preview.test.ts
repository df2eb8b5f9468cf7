import { expect, test } from 'vitest'
import {
  averagePixels,
  fitPreview,
} from '../../../../../gpu-worker/backbones/parts/autoencoder/preview.ts'
import { packLatents } from '../../../../../gpu-worker/backbones/parts/packing.ts'

const grid = { rows: 3, cols: 4 }
const AREA = 4 * grid.rows * grid.cols
const CHANNELS = 5

/** Irregular values between -1 and 1. */
function scattered(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const value = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453
    return 2 * (value - Math.floor(value)) - 1
  })
}

/** Colours that are exactly linear in the latents: `0.3 z[k] - 0.2 z[k + 1] + 0.1 k`. */
function coloursOf(latents: Float32Array): Float32Array {
  return Float32Array.from({ length: 3 * AREA }, (_, i) => {
    const [k, at] = [Math.floor(i / AREA), i % AREA]
    const z = (c: number) => latents[c * AREA + at] as number
    return 0.3 * z(k) - 0.2 * z(k + 1) + 0.1 * k
  })
}

test('a linear autoencoder is recovered, also for latents outside the fit', () => {
  const reference = scattered(CHANNELS * AREA, 1)
  const map = fitPreview(
    packLatents(reference, CHANNELS, grid),
    coloursOf(reference),
    CHANNELS,
    grid,
  )
  const other = scattered(CHANNELS * AREA, 2)
  const shown = map(packLatents(other, CHANNELS, grid))
  const wanted = coloursOf(other)
  expect(shown).toHaveLength(3 * AREA)
  for (let at = 0; at < AREA; at++)
    for (let k = 0; k < 3; k++) {
      const value = 127.5 * ((wanted[k * AREA + at] as number) + 1)
      // The regularisation costs about one level.
      expect(Math.abs((shown[3 * at + k] as number) - value), `${at}, ${k}`).toBeLessThan(2)
    }
})

test('constant channels give the mean colour, not NaN', () => {
  const flat = new Float32Array(CHANNELS * AREA).fill(0.5)
  const colours = new Float32Array(3 * AREA).fill(0.2)
  const map = fitPreview(packLatents(flat, CHANNELS, grid), colours, CHANNELS, grid)
  const shown = map(packLatents(flat, CHANNELS, grid))
  for (const value of shown) expect(Math.abs(value - 127.5 * 1.2)).toBeLessThan(2)
})

test('colours out of range are clamped', () => {
  const reference = scattered(CHANNELS * AREA, 3)
  const map = fitPreview(
    packLatents(reference, CHANNELS, grid),
    coloursOf(reference),
    CHANNELS,
    grid,
  )
  const far = Float32Array.from(reference, (z) => 100 * z)
  const shown = map(packLatents(far, CHANNELS, grid))
  expect(Math.min(...shown)).toBe(0)
  expect(Math.max(...shown)).toBe(255)
})

test('pixels are averaged over the square of each latent', () => {
  const one = { rows: 1, cols: 1 }
  // 4 x 4 pixels, 2 x 2 latents: each the mean of its own four pixels.
  const plane = [1, 2, 10, 20, 3, 4, 30, 40, 5, 5, 0, 0, 5, 5, 0, 8]
  const pixels = Float32Array.from([...plane, ...plane.map((v) => -v), ...plane.map(() => 7)])
  expect([...averagePixels(pixels, 4, 4, one)]).toEqual([
    2.5, 25, 5, 2, -2.5, -25, -5, -2, 7, 7, 7, 7,
  ])
})
