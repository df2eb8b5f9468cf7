import { rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openTransformer } from '../../../../gpu-worker/backbones/flux1/folder.ts'
import { configOfSingleFile, flux1Tensors } from '../../../../gpu-worker/backbones/flux1/tensors.ts'
import { readSafetensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import type { ExternalTensor } from '../../../../gpu-worker/onnx/graph.ts'
import { kontextCheckpoint } from '../../../fixtures/checkpoint.ts'
import { releasedTransformer } from '../../../fixtures/released.ts'

const golden = fileURLToPath(new URL('../../../fixtures/golden/', import.meta.url))

test('the config of the released single file is derived from its shapes', () => {
  const tensor = (...dims: number[]): ExternalTensor => ({
    type: 'BF16',
    dims,
    file: '/x',
    offset: 0,
    length: 0,
  })
  const tensors = new Map([
    ['img_in.weight', tensor(3072, 64)],
    ['txt_in.weight', tensor(3072, 4096)],
    ['vector_in.in_layer.weight', tensor(3072, 768)],
    ['guidance_in.in_layer.weight', tensor(3072, 256)],
    ['double_blocks.0.img_attn.norm.query_norm.scale', tensor(128)],
    ['double_blocks.0.img_mlp.0.weight', tensor(12288, 3072)],
    ...Array.from(
      { length: 19 },
      (_, i) => [`double_blocks.${i}.img_mod.lin.bias`, tensor(1)] as const,
    ),
    ...Array.from(
      { length: 38 },
      (_, i) => [`single_blocks.${i}.linear1.bias`, tensor(1)] as const,
    ),
  ])
  expect(configOfSingleFile('/x', tensors)).toEqual({ ...releasedTransformer, mlp_ratio: 4 })
  // FLUX.1-Fill reads the photo and the mask, too.
  tensors.set('img_in.weight', tensor(3072, 384)).set('final_layer.linear.weight', tensor(64, 3072))
  const fill = { in_channels: 384, out_channels: 64 }
  expect(configOfSingleFile('/x', tensors)).toMatchObject(fill)
})

test('a file that is not a FLUX.1 transformer is rejected, naming the missing tensor', async () => {
  expect(() => configOfSingleFile('/x', new Map())).toThrow('there is no img_in.weight')
  const small = await readSafetensors(`${golden}flux1-bfl.safetensors`)
  expect(() => configOfSingleFile('/x', small)).toThrow('its heads have 16 dimensions')
})

test('a tensor of the single file that is no weight or bias keeps its name and is not cut in rows', async () => {
  const small = await readSafetensors(`${golden}flux1-bfl.safetensors`)
  const scalar: ExternalTensor = { type: 'F32', dims: [], file: '/x', offset: 0, length: 4 }
  const scales = [
    'double_blocks.0.img_attn.qkv.weight_scale',
    'single_blocks.0.linear1.scale_weight',
    'double_blocks.0.img_attn.qkv.scale',
    'img_in.weight_scale',
  ]
  const named = flux1Tensors(new Map([...small, ...scales.map((name) => [name, scalar] as const)]))
  expect(scales.map((name) => named.get(name))).toEqual(scales.map(() => scalar))
  const bent = flux1Tensors(new Map(small).set('double_blocks.0.img_attn.qkv.weight', scalar))
  expect(bent.get('double_blocks.0.img_attn.qkv.weight')).toBe(scalar)
})

test('the folder is preferred to the single file, and one of them must exist', async () => {
  const folder = await kontextCheckpoint()
  expect((await openTransformer(folder)).folder).toBe(join(folder, 'transformer'))
  await rename(join(folder, 'transformer'), join(folder, 'elsewhere'))
  await expect(openTransformer(folder)).rejects.toThrow(/neither/)
  await symlink(`${golden}flux1-bfl.safetensors`, join(folder, 'flux1-kontext-dev.safetensors'))
  await expect(openTransformer(folder)).rejects.toThrow('its heads have 16 dimensions')
})
