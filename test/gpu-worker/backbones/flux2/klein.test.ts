/** Whole edits of a small random FLUX.2-klein in its real folder layout, step by step against diffusers' pipeline. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, test } from 'vitest'
import type { OpenBackbone } from '../../../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import { readTensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import type { Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { valuesOf } from '../../../fixtures/graphs.ts'
import { expectSameEdit } from '../whole-edit.ts'

const checkpoint = fileURLToPath(new URL('../../../fixtures/golden/klein', import.meta.url))
const grid = { rows: 4, cols: 6 }

let backbone: OpenBackbone
let io: ReadonlyMap<string, Tensor>
let prompt: string

beforeAll(async () => {
  backbone = await openBackbone(
    'flux2-klein-4b',
    { checkpoint, cache: '/nowhere' },
    { provider: 'cpu', threads: 1 },
  )
  io = await readTensors(`${checkpoint}/io.safetensors`)
  prompt = JSON.parse(await readFile(`${checkpoint}/prompt.json`, 'utf8'))
})
afterAll(() => backbone.close())

test.each([
  ['distilled', 1],
  ['base', 4],
])('%s: latents of four steps to 1e-4, the picture to 1/255', (name, guidance) =>
  expectSameEdit(backbone, {
    io,
    name,
    grid,
    photo: { width: 96, height: 64, pixels: valuesOf(io, 'photo') },
    prompt,
    guidance,
  }),
)
