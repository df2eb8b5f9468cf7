/** Whole edits of a small random LongCat-Image-Edit in its real folder layout, step by step against diffusers' pipeline. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenBackbone, WorkingPhoto } from '../../../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import { readTensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import type { Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { relativeError, valuesOf } from '../../../fixtures/graphs.ts'
import { expectSameEdit } from '../whole-edit.ts'

const checkpoint = fileURLToPath(new URL('../../../fixtures/golden/longcat-edit', import.meta.url))
const grid = { rows: 4, cols: 6 }

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
])('%s: latents of four steps to 1e-4, the picture to 1/255', (name, guidance) =>
  expectSameEdit(backbone, { io, name, grid, photo, prompt, guidance }),
)
