/** FLUX.1-Fill against diffusers' pipeline, with small random weights (test/parity/make_golden_fill.py). */

import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FluxFill, maskTokens } from '../../../evaluation/peers/flux-fill.ts'
import { shiftOf } from '../../../gpu-worker/backbones/parts/shift.ts'
import { openComponent } from '../../../gpu-worker/checkpoint/layout.ts'
import { readSafetensors, readTensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { floats } from '../../../gpu-worker/onnx/tensor.ts'
import { shiftedSchedule } from '../../../gpu-worker/sampler/schedule.ts'
import { relativeError, valuesOf } from '../../fixtures/graphs.ts'
import { pictureOf, rectangle } from '../picture.ts'

const golden = fileURLToPath(new URL('../../fixtures/golden/', import.meta.url))
const io = await readTensors(`${golden}flux1-fill/io.safetensors`)
const size = { width: 64, height: 48 }
const grid = { rows: 3, cols: 4 }
const tokens = 12
const { signal } = new AbortController()
const shift = { base_shift: 0.5, max_shift: 1.15, base_image_seq_len: 256, max_image_seq_len: 4096 }
const of = (name: string) => valuesOf(io, name)
const conditioning = {
  tokens: floats(of('text'), 7, 32),
  pooled: floats(of('pooled'), 1, 24),
}
let fill: FluxFill

beforeAll(async () => {
  const base = await openComponent(`${golden}flux1`)
  const own = await readSafetensors(`${golden}flux1-fill/io.safetensors`)
  const tensors = new Map(base.tensors)
  for (const kind of ['weight', 'bias']) {
    const tensor = own.get(kind)
    if (tensor !== undefined) tensors.set(`x_embedder.${kind}`, tensor)
  }
  const config = { ...(base.config as object), in_channels: 2 * 16 + 256, out_channels: 16 }
  const parts = {
    transformer: { ...base, config, tensors },
    autoencoder: await openComponent(`${golden}kl`),
    compute: 'F32' as const,
    text: { encode: async () => conditioning, close: async () => {} },
    schedule: (steps: number, count: number) => shiftedSchedule(steps, shiftOf(count, shift)),
    steps: 3,
    workingSize: () => size,
  }
  fill = new FluxFill(parts, { provider: 'cpu', threads: 1 })
})
afterAll(() => fill.close())

describe('with the golden weights', () => {
  const holed = {
    ...size,
    pixels: of('image'),
    hole: Uint8Array.from(of('mask')),
  }

  test('three steps give the latents and the picture of the pipeline', async () => {
    const noise = of('noise')
    const latents = await fill.denoised(holed, conditioning, noise, signal)
    expect(relativeError(latents, of('latents'))).toBeLessThan(1e-4)
    const pixels = await fill.decoded(latents, grid, signal)
    expect(relativeError(pixels, of('decoded'))).toBeLessThan(1e-4)
  })

  test('the mask’s place in a token is the pixel’s', () => {
    const one = new Uint8Array(64 * 48)
    // Token (1, 2), in it the latent (0, 1), in that the pixel (3, 5).
    one[(16 + 3) * 64 + 32 + 8 + 5] = 1
    const features = maskTokens({ ...size, hole: one }, grid)
    expect(features.length).toBe(256 * tokens)
    expect(features.indexOf(1)).toBe((4 + 2) * 256 + 4 * (8 * 3 + 5) + 1)
    expect(features.reduce((sum, value) => sum + value, 0)).toBe(1)
  })
})

test('only the hole of a picture is painted', async () => {
  const photo = { width: 40, height: 40 }
  const picture = pictureOf(photo, (x, y) => [5 * x, 5 * y, 40])
  const hole = rectangle(photo, 10, 12, 22, 30)
  const { data } = await fill.fill(picture, hole, signal)
  let [inside, outside] = [0, 0]
  hole.forEach((flag, at) => {
    const changed = [0, 1, 2].some((i) => data[4 * at + i] !== picture.data[4 * at + i])
    if (changed && flag === 1) inside++
    if (changed && flag === 0) outside++
  })
  expect(outside).toBe(0)
  expect(inside).toBeGreaterThan(100)
})
