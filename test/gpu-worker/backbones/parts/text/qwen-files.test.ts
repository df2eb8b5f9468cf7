/** Qwen's text encoders as ComfyUI's single files: found by name, with a config from their shapes. */

import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  checkComponents,
  expectedTensors,
  faultsOf,
} from '../../../../../gpu-worker/backbones/check.ts'
import { qwen3Text } from '../../../../../gpu-worker/backbones/flux2/text/component.ts'
import { qwen25VlText } from '../../../../../gpu-worker/backbones/longcat/text/component.ts'
import {
  openQwen3,
  openQwen25Vl,
  qwen3ConfigOf,
  qwen25VlConfigOf,
} from '../../../../../gpu-worker/backbones/parts/text/qwen-files.ts'
import { openBackbone } from '../../../../../gpu-worker/backbones/registry.ts'
import { openComponent } from '../../../../../gpu-worker/checkpoint/layout.ts'
import { readHeader, readTensors } from '../../../../../gpu-worker/checkpoint/safetensors.ts'
import type { ExternalTensor } from '../../../../../gpu-worker/onnx/graph.ts'
import { elementCount } from '../../../../../gpu-worker/onnx/tensor.ts'
import { relativeError, valuesOf } from '../../../../fixtures/graphs.ts'

const golden = fileURLToPath(new URL('../../../../fixtures/golden/', import.meta.url))
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qwen-files-'))
})
afterEach(() => rm(folder, { recursive: true }))

const tensor = (...dims: number[]): ExternalTensor => ({
  type: 'BF16',
  dims,
  file: '/x',
  offset: 0,
  length: 0,
})
/** Layers of a language model, whose first one has the shapes. */
const languageModel = (
  model: string,
  layers: number,
  shapes: Record<string, number[]>,
): [string, ExternalTensor][] => [
  ...Array.from({ length: layers }, (_, i): [string, ExternalTensor] => [
    `${model}.layers.${i}.input_layernorm.weight`,
    tensor(1),
  ]),
  ...Object.entries(shapes).map(([name, dims]): [string, ExternalTensor] => [
    name.startsWith('embed') ? `${model}.${name}` : `${model}.layers.0.${name}`,
    tensor(...dims),
  ]),
]

const qwen3 = (hidden: number, intermediate: number) =>
  new Map(
    languageModel('model', 36, {
      'embed_tokens.weight': [151_936, hidden],
      'mlp.gate_proj.weight': [intermediate, hidden],
      'self_attn.q_proj.weight': [4096, hidden],
      'self_attn.k_proj.weight': [1024, hidden],
      'self_attn.q_norm.weight': [128],
    }),
  )

test.each([
  ['Qwen3-4B', 2560, 9728, 3_114_088_192],
  ['Qwen3-8B', 4096, 12_288, 5_831_883_520],
])('the config of %s', (_, hidden, intermediate, parameters) => {
  const config = qwen3ConfigOf('/x', qwen3(hidden, intermediate))
  expect(config).toEqual({
    model_type: 'qwen3',
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: 36,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 128,
    vocab_size: 151_936,
  })
  // As in released.test.ts, from the released config.
  const expected = expectedTensors(qwen3Text, config)
  expect([...expected.values()].reduce((sum, { dims }) => sum + elementCount(dims), 0)).toBe(
    parameters,
  )
})

test.each([
  ['transformers 4, and ComfyUI', 'model', 'visual'],
  ['transformers 5', 'model.language_model', 'model.visual'],
])('the config of Qwen2.5-VL-7B in the names of %s', (_, model, visual) => {
  const tensors = new Map([
    ...languageModel(model, 28, {
      'embed_tokens.weight': [152_064, 3584],
      'mlp.gate_proj.weight': [18_944, 3584],
      'self_attn.q_proj.weight': [3584, 3584],
      'self_attn.q_proj.bias': [3584],
      'self_attn.k_proj.weight': [512, 3584],
    }),
    [`${visual}.patch_embed.proj.weight`, tensor(1280, 3, 2, 14, 14)],
    [`${visual}.merger.mlp.2.weight`, tensor(3584, 5120)],
    ...Array.from(
      { length: 32 },
      (_, i) => [`${visual}.blocks.${i}.mlp.gate_proj.weight`, tensor(3420, 1280)] as const,
    ),
  ])
  const config = qwen25VlConfigOf('/x', tensors)
  expect(config).toEqual({
    model_type: 'qwen2_5_vl',
    text_config: {
      hidden_size: 3584,
      intermediate_size: 18_944,
      num_hidden_layers: 28,
      num_attention_heads: 28,
      num_key_value_heads: 4,
      vocab_size: 152_064,
    },
    vision_config: {
      depth: 32,
      hidden_size: 1280,
      intermediate_size: 3420,
      num_heads: 16,
      out_hidden_size: 3584,
    },
  })
  // As in longcat/family.test.ts, from the released config.
  const expected = expectedTensors(qwen25VlText, config)
  expect([...expected.values()].reduce((sum, { dims }) => sum + elementCount(dims), 0)).toBe(
    8_292_166_656 - 152_064 * 3584,
  )
})

test('a file that is another model is rejected, naming the missing tensor', () => {
  expect(() => qwen3ConfigOf('/x', new Map())).toThrow(/not a Qwen3: there is no .*q_norm/)
  expect(() => qwen25VlConfigOf('/x', qwen3(2560, 9728))).toThrow(
    /not a Qwen2\.5-VL: there is no .*q_proj\.bias/,
  )
})

test('the file is found by its name; other Qwens are not', async () => {
  const source = join(golden, 'klein/text_encoder/model.safetensors')
  for (const name of [
    'qwen3vl_4b.safetensors',
    'qwen3.5_2b_bf16.safetensors',
    '._qwen_3_4b.safetensors',
  ])
    await symlink(source, join(folder, name))
  await expect(openQwen3(folder)).rejects.toThrow(
    /neither a text_encoder folder nor a file qwen_3_\*b\.safetensors/,
  )
  await expect(openQwen25Vl(folder)).rejects.toThrow(/nor a file qwen_2\.5_vl_7b\.safetensors/)
  await symlink(source, join(folder, 'qwen_2.5_vl_7b_fp8_scaled.safetensors'))
  await expect(openQwen25Vl(folder)).rejects.toThrow(
    /fp8_scaled\.safetensors: is not a Qwen2\.5-VL/,
  )
  await symlink(source, join(folder, 'qwen_3_4b.safetensors'))
  const { config, fingerprint } = await openQwen3(folder)
  const whole = await openComponent(join(golden, 'klein/text_encoder'))
  // The digest has the config in it, which is shorter here.
  expect(fingerprint).not.toBe(whole.fingerprint)
  expect(whole.config).toMatchObject(config as object)
})

test('the file computes the states of the folder it was made from', async () => {
  await symlink(join(golden, 'qwen3/model.safetensors'), join(folder, 'qwen_3_4b.safetensors'))
  const io = await readTensors(join(golden, 'qwen3/io.safetensors'))
  const options = { compute: 'F32', provider: 'cpu', threads: 1 } as const
  const got = await qwen3Text.graphs['qwen3-text']?.run(await openQwen3(folder), io, options)
  const states = valuesOf(new Map(Object.entries(got ?? {})), 'prompt_embeds')
  expect(relativeError(states, valuesOf(io, 'prompt_embeds'))).toBeLessThan(5e-5)
})

test('a checkpoint with the file opens, unless its transformer was trained with another size', async () => {
  for (const part of ['vae', 'tokenizer', 'scheduler'])
    await symlink(join(golden, 'klein', part), join(folder, part))
  // This one reads 32 numbers per token.
  await symlink(join(golden, 'flux2'), join(folder, 'transformer'))
  await symlink(
    join(golden, 'klein/text_encoder/model.safetensors'),
    join(folder, 'qwen_3_4b.safetensors'),
  )
  const open = () =>
    openBackbone(
      'flux2-klein-9b',
      { checkpoint: folder, cache: '/nowhere' },
      { provider: 'cpu', threads: 1, keepLoaded: [] },
    )
  await expect(open()).rejects.toThrow(/encoder writes 48 numbers per token, .* reads 32/)
  await rm(join(folder, 'transformer'))
  await symlink(join(golden, 'klein/transformer'), join(folder, 'transformer'))
  await (await open()).close()
})

/** A file in which some of a Qwen3's layers are packed: their weights' type, and what is beside them. */
async function packed(
  weight: string,
  isPacked: (layer: number) => boolean,
  beside: (layer: string) => Record<string, [type: string, shape: number[], bytes: Buffer]>,
): Promise<void> {
  const source = await readHeader(join(golden, 'klein/text_encoder/model.safetensors'))
  const entries: [string, string, readonly number[], Buffer][] = [...source].flatMap(
    ([name, { dims, type, length }]) => {
      const layer = /^(model\.layers\.(\d+)\..*_proj)\.weight$/.exec(name)
      if (layer === null || !isPacked(Number(layer[2])))
        return [[name, type, dims, Buffer.alloc(length)]]
      return [
        [name, weight, dims, Buffer.alloc(elementCount(dims))],
        ...Object.entries(beside(layer[1] as string)).map(
          ([key, [kind, shape, bytes]]): [string, string, number[], Buffer] => [
            `${layer[1]}.${key}`,
            kind,
            shape,
            bytes,
          ],
        ),
      ]
    },
  )
  let offset = 0
  const header = Object.fromEntries(
    entries.map(([name, dtype, shape, { length }]) => {
      const range = [offset, offset + length]
      offset += length
      return [name, { dtype, shape, data_offsets: range }]
    }),
  )
  const json = Buffer.from(JSON.stringify(header))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(json.length))
  const file = Buffer.concat([size, json, ...entries.map((entry) => entry[3])])
  await writeFile(join(folder, 'qwen_3_4b.safetensors'), file)
}

const one = Buffer.from(Float32Array.of(1).buffer)

test('a scaled float8 file is read', async () => {
  await packed(
    'F8_E4M3',
    () => true,
    () => ({
      scale_weight: ['F32', [], one],
      scale_input: ['F32', [], one],
    }),
  )
  const component = await openQwen3(folder)
  expect(faultsOf(qwen3Text, component)).toEqual([])
  expect(component.tensors.get('model.layers.0.mlp.up_proj.weight')?.scale?.dims).toEqual([1])
})

/** As ComfyUI's `qwen_3_4b_fp8_mixed.safetensors` has some layers, and `fp4` files most. */
const nvfp4: Parameters<typeof packed>[2] = () => {
  const format = Buffer.from(JSON.stringify({ format: 'nvfp4' }))
  return {
    weight_scale: ['F8_E4M3', [2], Buffer.alloc(2)],
    weight_scale_2: ['F32', [], one],
    comfy_quant: ['U8', [format.length], format],
  }
}

test('a file of packed layers is rejected, saying which file to use', async () => {
  await packed('U8', () => true, nvfp4)
  await expect(openQwen3(folder)).rejects.toThrow(
    /qwen_3_4b\.safetensors: model\.layers\.0\.\S+\.weight is U8, packed as NVFP4, which is not read: fetch the file in bfloat16/,
  )
})

test('some packed layers are rejected by name, unless nobody reads them', async () => {
  await packed('U8', (layer) => layer < 2, nvfp4)
  const component = await openQwen3(folder)
  const opened = [{ name: 'text_encoder', kind: qwen3Text, component }]
  expect(() => checkComponents(folder, opened)).toThrow(
    /text_encoder: model\.layers\.0\.\S+\.weight is U8, packed as NVFP4, which is not read: fetch the file/,
  )
  const faults = faultsOf(qwen3Text, component).join('\n')
  expect(faults).toContain('model.layers.1.mlp.up_proj.weight is U8')
  expect(faults).not.toContain('missing')
  await packed('U8', (layer) => layer === 27, nvfp4)
  expect(faultsOf(qwen3Text, await openQwen3(folder))).toEqual([])
})
