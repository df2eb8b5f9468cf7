/** What the encoder sees of a photo, against Pillow and transformers (test/parity/make_golden_longcat.py). */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  encodedSize,
  PictureConfig,
  patchesOf,
} from '../../../../../gpu-worker/backbones/parts/vision/patches.ts'
import {
  bicubic,
  lanczos,
  type Picture,
  resample,
} from '../../../../../gpu-worker/backbones/parts/vision/resample.ts'
import { readTensors } from '../../../../../gpu-worker/checkpoint/safetensors.ts'
import { valuesOf } from '../../../../fixtures/graphs.ts'

const file = fileURLToPath(
  new URL('../../../../fixtures/golden/longcat-pictures/io.safetensors', import.meta.url),
)
/** One level of 8 bits, after the normalisation. */
const LEVEL = 1 / 255 / 0.26130258
const config = PictureConfig.parse({ min_pixels: 2 * 28 * 28, max_pixels: 3 * 28 * 28 })

/** The photo of a golden picture, and half of it. */
async function pictures(name: string): Promise<{ half: Picture; wanted: number[] }> {
  const io = await readTensors(file)
  const [, , height = 0, width = 0] = io.get(`${name}.photo`)?.dims ?? []
  const planes = Uint8Array.from(valuesOf(io, `${name}.photo`), (v) => Math.round((v + 1) * 127.5))
  const photo = { width, height, planes }
  return {
    half: resample(photo, { width: width / 2, height: height / 2 }, lanczos),
    wanted: [...valuesOf(io, `${name}.pixel_values`)],
  }
}

test.each([
  ['wide', { rows: 2, cols: 4 }],
  ['tall', { rows: 4, cols: 2 }],
  ['square', { rows: 2, cols: 2 }],
  ['tiny', { rows: 4, cols: 4 }],
])('%s: the same patches to the last bit of the picture', async (name, grid) => {
  const { half, wanted } = await pictures(name)
  const got = patchesOf(half, config)
  expect(got.grid).toEqual(grid)
  // Colour, moment, pixel: the golden file has one of the two moments, which are the same.
  const first: number[] = []
  for (let patch = 0; patch < got.patches.length / 1176; patch++)
    for (let colour = 0; colour < 3; colour++) {
      const at = patch * 1176 + colour * 392
      const now = got.patches.subarray(at, at + 196)
      expect(got.patches.subarray(at + 196, at + 392)).toEqual(now)
      first.push(...now)
    }
  expect(first).toHaveLength(wanted.length)
  const worst = Math.max(...first.map((value, i) => Math.abs(value - (wanted[i] as number))))
  expect(worst).toBeLessThan(LEVEL / 1000)
})

test('sizes are those of smart_resize', () => {
  const usual = PictureConfig.parse({})
  // [width, height] of the picture and of what is encoded, from transformers.
  const rows = [
    [512, 512, 504, 504],
    [592, 448, 588, 448],
    [42, 70, 56, 56],
    [20, 20, 56, 56],
    [3000, 2000, 1204, 812],
  ] as const
  for (const [width, height, wide, high] of rows)
    expect(encodedSize({ width, height }, usual)).toEqual({ width: wide, height: high })
})

test('the limits of pixels are read from either place', () => {
  const size = { shortest_edge: 784, longest_edge: 7840 }
  expect(PictureConfig.parse({ size })).toMatchObject({ min_pixels: 784, max_pixels: 7840 })
  expect(PictureConfig.parse({ size, min_pixels: 1568 })).toMatchObject({ min_pixels: 1568 })
})

test('a picture of the size that is wanted stays as it is', () => {
  const planes = Uint8Array.from({ length: 3 * 28 * 28 }, (_, i) => i % 251)
  const size = { width: 28, height: 28 }
  expect(resample({ ...size, planes }, size, bicubic).planes).toEqual(planes)
})
