/** LongCat-Image-Edit's transformer as ComfyUI's single file, against the same golden files as its folder. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOf } from '../../../../../gpu-worker/backbones/check.ts'
import { longcatTransformer } from '../../../../../gpu-worker/backbones/longcat/transformer/component.ts'
import { openTransformer } from '../../../../../gpu-worker/backbones/longcat/transformer/folder.ts'
import { configOfSingleFile } from '../../../../../gpu-worker/backbones/longcat/transformer/tensors.ts'
import { openComponent } from '../../../../../gpu-worker/checkpoint/layout.ts'
import {
  type NamedTensor,
  readSafetensors,
  readTensors,
  writeSafetensors,
} from '../../../../../gpu-worker/checkpoint/safetensors.ts'
import type { ExternalTensor } from '../../../../../gpu-worker/onnx/graph.ts'
import { relativeError, valuesOf } from '../../../../fixtures/graphs.ts'
import { releasedLongcat } from '../../../../fixtures/released.ts'

const golden = fileURLToPath(new URL('../../../../fixtures/golden/longcat', import.meta.url))
let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longcat-file-'))
  file = join(folder, 'whole.safetensors')
  await writeFile(file, writeSafetensors(await comfyTensors()))
})
afterAll(() => rm(folder, { recursive: true }))

/** ComfyUI's layers from diffusers': several below one another, or one. */
const DOUBLE: readonly (readonly [string, readonly string[]])[] = [
  ['img_mod.lin', ['norm1.linear']],
  ['txt_mod.lin', ['norm1_context.linear']],
  ['img_attn.qkv', ['attn.to_q', 'attn.to_k', 'attn.to_v']],
  ['txt_attn.qkv', ['attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj']],
  ['img_attn.norm.query_norm', ['attn.norm_q']],
  ['img_attn.norm.key_norm', ['attn.norm_k']],
  ['txt_attn.norm.query_norm', ['attn.norm_added_q']],
  ['txt_attn.norm.key_norm', ['attn.norm_added_k']],
  ['img_attn.proj', ['attn.to_out.0']],
  ['txt_attn.proj', ['attn.to_add_out']],
  ['img_mlp.0', ['ff.net.0.proj']],
  ['img_mlp.2', ['ff.net.2']],
  ['txt_mlp.0', ['ff_context.net.0.proj']],
  ['txt_mlp.2', ['ff_context.net.2']],
]
const SINGLE: typeof DOUBLE = [
  ['modulation.lin', ['norm.linear']],
  ['linear1', ['attn.to_q', 'attn.to_k', 'attn.to_v', 'proj_mlp']],
  ['linear2', ['proj_out']],
  ['norm.query_norm', ['attn.norm_q']],
  ['norm.key_norm', ['attn.norm_k']],
]
const OUTER: typeof DOUBLE = [
  ['img_in', ['x_embedder']],
  ['txt_in', ['context_embedder']],
  ['time_in.in_layer', ['time_embed.timestep_embedder.linear_1']],
  ['time_in.out_layer', ['time_embed.timestep_embedder.linear_2']],
  ['final_layer.linear', ['proj_out']],
]

/** The golden checkpoint as Comfy-Org/LongCat-Image's conversion writes it: `.weight` for norms, too. */
async function comfyTensors(): Promise<NamedTensor[]> {
  const { tensors } = await openComponent(golden)
  const files = new Set([...tensors.values()].map((tensor) => tensor.file))
  const values = new Map(
    (await Promise.all([...files].map(readTensors))).flatMap((one) => [...one]),
  )
  const below = (name: string, parts: readonly string[]): NamedTensor[] =>
    ['weight', 'bias'].flatMap((kind) => {
      const found = parts.flatMap((part) => values.get(`${part}.${kind}`) ?? [])
      if (found.length === 0) return []
      const data = Float32Array.from(found.flatMap((one) => [...(one.data as Float32Array)]))
      const rows = found.reduce((sum, { dims }) => sum + (dims[0] as number), 0)
      return [{ name: `${name}.${kind}`, dims: [rows, ...(found[0]?.dims.slice(1) ?? [])], data }]
    })
  const block = (to: string, from: string, layers: typeof DOUBLE) =>
    [0, 1].flatMap((i) =>
      layers.flatMap(([name, parts]) =>
        below(
          `${to}.${i}.${name}`,
          parts.map((part) => `${from}.${i}.${part}`),
        ),
      ),
    )
  const last = below('final_layer.adaLN_modulation.1', ['norm_out.linear']).map((tensor) => {
    const half = tensor.data.length / 2
    const swapped = [...tensor.data.subarray(half), ...tensor.data.subarray(0, half)]
    return { ...tensor, data: Float32Array.from(swapped) }
  })
  return [
    ...OUTER.flatMap(([name, parts]) => below(name, parts)),
    ...block('double_blocks', 'transformer_blocks', DOUBLE),
    ...block('single_blocks', 'single_transformer_blocks', SINGLE),
    ...last,
  ]
}

test('computes the same, and may have a prefix', async () => {
  const tensors = await readSafetensors(file)
  const component = { ...(await openComponent(golden)), tensors }
  const io = await readTensors(`${golden}/io.safetensors`)
  const options = { compute: 'F32', provider: 'cpu', threads: 1 } as const
  const got = await longcatTransformer.graphs['longcat-transformer']?.run(component, io, options)
  const sample = valuesOf(new Map(Object.entries(got ?? {})), 'sample')
  expect(relativeError(sample, valuesOf(io, 'controlled'))).toBeLessThan(5e-5)
  const named = longcatTransformer.named(tensors)
  for (const prefix of ['', 'diffusion_model.', 'model.diffusion_model.']) {
    const prefixed = new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]))
    expect(faultsOf(longcatTransformer, { ...component, tensors: prefixed })).toEqual([])
    expect(longcatTransformer.named(prefixed)).toEqual(named)
  }
})

test('the config of the released file is derived from its shapes', () => {
  const tensor = (...dims: number[]): ExternalTensor => ({
    type: 'BF16',
    dims,
    file: '/x',
    offset: 0,
    length: 0,
  })
  const blocks = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => [name.replace('*', `${i}`), tensor(1)] as const)
  const tensors = new Map([
    ['img_in.weight', tensor(3072, 64)],
    ['txt_in.weight', tensor(3072, 3584)],
    ['double_blocks.0.img_attn.norm.query_norm.weight', tensor(128)],
    ['double_blocks.0.img_mlp.0.weight', tensor(12_288, 3072)],
    ...blocks('double_blocks.*.img_mod.lin.bias', 10),
    ...blocks('single_blocks.*.linear1.bias', 20),
  ])
  const { pooled_projection_dim: _, ...released } = releasedLongcat
  expect(configOfSingleFile('/x', tensors)).toEqual({ ...released, mlp_ratio: 4, patch_size: 1 })
  const other = new Map(tensors).set('vector_in.in_layer.weight', tensor(3072, 768))
  expect(() => configOfSingleFile('/x', other)).toThrow('/x: is a FLUX.1 transformer')
  expect(() => configOfSingleFile('/x', new Map())).toThrow(
    'is not a LongCat-Image transformer: there is no img_in.weight',
  )
})

test('the file is found by its name, which the one without editing does not have', async () => {
  const bytes = writeSafetensors(await comfyTensors())
  const put = (name: string) => writeFile(join(folder, name), bytes)
  await put('longcat_image_bf16.safetensors')
  await expect(openTransformer(folder)).rejects.toThrow(
    /neither a transformer folder nor a file longcat_image_edit\*\.safetensors/,
  )
  // The golden heads are smaller than the released ones.
  await put('longcat_image_edit_turbo_bf16.safetensors')
  await expect(openTransformer(folder)).rejects.toThrow(
    /longcat_image_edit_turbo_bf16\.safetensors: .*its heads have 16 dimensions/,
  )
  await put('._longcat_image_edit.safetensors')
  await put('longcat_image_edit_bf16.safetensors')
  await expect(openTransformer(folder)).rejects.toThrow(
    /two files that may be the transformer: longcat_image_edit_bf16\.safetensors and longcat_image_edit_turbo_bf16\.safetensors; keep one/,
  )
})
