/** Whole edits of a small random LongCat-Image-Edit in its real folder layout, step by step against diffusers' pipeline. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenBackbone, WorkingPhoto } from '../../../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import { readTensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import type { Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { identityControl } from '../../../../gpu-worker/sampler/control.ts'
import { denoise, guided } from '../../../../gpu-worker/sampler/denoise.ts'
import { relativeError, valuesOf } from '../../../fixtures/graphs.ts'

const checkpoint = fileURLToPath(new URL('../../../fixtures/golden/longcat-edit', import.meta.url))
const grid = { rows: 4, cols: 6 }
const TOKENS = 24
const FEATURES = 64

let backbone: OpenBackbone
let io: ReadonlyMap<string, Tensor>
let prompt: string
let photo: WorkingPhoto

beforeAll(async () => {
  backbone = await openBackbone(
    'longcat-image-edit',
    { checkpoint, cache: '/nowhere' },
    { provider: 'cpu', threads: 1 },
  )
  io = await readTensors(`${checkpoint}/io.safetensors`)
  prompt = JSON.parse(await readFile(`${checkpoint}/prompt.json`, 'utf8'))
  photo = { width: 96, height: 64, pixels: valuesOf(io, 'photo') }
})
afterAll(() => backbone.close())

test('the conditioning is the pipeline’s, and is cached by prompt and photo', async () => {
  const got = (await backbone.condition({ prompt, photo })) as Tensor
  const [, count, width] = io.get('prompt_embeds')?.dims ?? []
  expect(got.dims).toEqual([count, width])
  expect(relativeError(got.data as Float32Array, valuesOf(io, 'prompt_embeds'))).toBeLessThan(5e-5)
  expect(await backbone.condition({ prompt, photo })).toBe(got)
  const darker = { ...photo, pixels: photo.pixels.map((value) => value / 2) }
  const other = (await backbone.condition({ prompt, photo: darker })) as Tensor
  expect(relativeError(other.data as Float32Array, valuesOf(io, 'prompt_embeds'))).toBeGreaterThan(
    0.01,
  )
})

test.each([
  ['turbo', 1],
  ['edit', 4.5],
])('%s: latents of four steps to 1e-4, the picture to 1/255', async (name, guidance) => {
  const reference = await backbone.encode(photo)
  const run = { grid, reference, control: identityControl(TOKENS), guidance: null }
  const velocityOf = async (text: string) =>
    backbone.velocity({ ...run, conditioning: await backbone.condition({ prompt: text, photo }) })
  const towards = await velocityOf(prompt)
  const velocity = guidance === 1 ? towards : guided(towards, await velocityOf(''), guidance)
  const steps = valuesOf(io, `${name}_steps`)
  const latents = await denoise(
    valuesOf(io, 'noise'),
    backbone.schedule(4, TOKENS),
    [0, 0, 0, 0],
    velocity,
    (x) => x,
    (i, x) => {
      const wanted = steps.slice(i * TOKENS * FEATURES, (i + 1) * TOKENS * FEATURES)
      expect(relativeError(x, wanted), `step ${i}`).toBeLessThan(1e-4)
    },
  )
  const pixels = await backbone.decode(latents, grid)
  const wanted = valuesOf(io, `${name}_picture`)
  const worst = pixels.reduce((most, value, i) => {
    const shown = Math.min(1, Math.max(0, value / 2 + 0.5))
    return Math.max(most, Math.abs(shown - (wanted[i] as number)))
  }, 0)
  expect(worst).toBeLessThan(1 / 255)
})
