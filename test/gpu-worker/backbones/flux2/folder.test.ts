/** FLUX.2-klein's transformer as a single file of the original release or of ComfyUI, by its header alone. */

import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkComponents, faultsOf } from '../../../../gpu-worker/backbones/check.ts'
import { flux2Transformer } from '../../../../gpu-worker/backbones/flux2/transformer/component.ts'
import { openTransformer } from '../../../../gpu-worker/backbones/flux2/transformer/folder.ts'
import { releasedKlein4b, releasedKlein9b } from '../../../fixtures/released.ts'

type Entries = Record<string, readonly [dtype: string, shape: readonly number[]]>

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flux2-file-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** The original release's names (black-forest-labs/flux2, model.py), with heads of 128 dimensions. */
function single(double: number, singles: number, d: number, joint: number): Entries {
  const entries: Entries = {}
  const put = (name: string, ...shape: number[]) => {
    entries[name] = ['BF16', shape]
  }
  put('img_in.weight', d, 128)
  put('txt_in.weight', d, joint)
  put('time_in.in_layer.weight', d, 256)
  put('time_in.out_layer.weight', d, d)
  put('double_stream_modulation_img.lin.weight', 6 * d, d)
  put('double_stream_modulation_txt.lin.weight', 6 * d, d)
  put('single_stream_modulation.lin.weight', 3 * d, d)
  for (let i = 0; i < double; i++)
    for (const stream of ['img', 'txt']) {
      const block = `double_blocks.${i}.${stream}`
      put(`${block}_attn.qkv.weight`, 3 * d, d)
      put(`${block}_attn.proj.weight`, d, d)
      put(`${block}_attn.norm.query_norm.scale`, 128)
      put(`${block}_attn.norm.key_norm.scale`, 128)
      put(`${block}_mlp.0.weight`, 6 * d, d)
      put(`${block}_mlp.2.weight`, d, 3 * d)
    }
  for (let i = 0; i < singles; i++) {
    put(`single_blocks.${i}.linear1.weight`, 9 * d, d)
    put(`single_blocks.${i}.linear2.weight`, d, 4 * d)
    put(`single_blocks.${i}.norm.query_norm.scale`, 128)
    put(`single_blocks.${i}.norm.key_norm.scale`, 128)
  }
  put('final_layer.adaLN_modulation.1.weight', 2 * d, d)
  put('final_layer.linear.weight', 128, d)
  return entries
}

const BYTES: Record<string, number> = { BF16: 2, F32: 4, F64: 8, F8_E5M2: 1, F8_E4M3: 1, U8: 1 }

/** Writes a file whose weights are a hole, of the size that the header says. */
async function written(entries: Entries, name = 'flux-2-klein.safetensors'): Promise<void> {
  let offset = 0
  const header = Object.fromEntries(
    Object.entries(entries).map(([key, [dtype, shape]]) => {
      const from = offset
      offset += (BYTES[dtype] as number) * shape.reduce((all, side) => all * side, 1)
      return [key, { dtype, shape, data_offsets: [from, offset] }]
    }),
  )
  const json = Buffer.from(JSON.stringify(header))
  const start = Buffer.alloc(8)
  start.writeBigUInt64LE(BigInt(json.length))
  const file = join(folder, name)
  await writeFile(file, Buffer.concat([start, json]))
  await truncate(file, 8 + json.length + offset)
}

const opened = async () => [
  { name: 'transformer', kind: flux2Transformer, component: await openTransformer(folder) },
]

test.each([
  ['klein-4B', single(5, 20, 3072, 7680), releasedKlein4b],
  ['klein-9B', single(8, 24, 4096, 12_288), releasedKlein9b],
])(
  'the config of %s is derived from its shapes, and all its tensors are used',
  async (_, entries, config) => {
    const comfy = Object.entries(entries).map(
      ([key, entry]) => [`model.diffusion_model.${key}`, entry] as const,
    )
    for (const [file, names] of [
      ['flux-2-klein.safetensors', entries],
      ['FLUX.2-klein.safetensors', Object.fromEntries(comfy)],
    ] as const) {
      await written(names, file)
      const component = await openTransformer(folder)
      expect(component.config).toMatchObject({ ...config, mlp_ratio: 3 })
      expect(faultsOf(flux2Transformer, component)).toEqual([])
      await rm(join(folder, file))
    }
  },
)

const small = single(1, 1, 256, 48)

/** Every matrix of the blocks in another form. */
const blocks = (form: (name: string, rows: number, cols: number) => Entries): Entries => ({
  ...small,
  ...Object.assign(
    {},
    ...Object.entries(small).map(([name, [, [rows = 0, cols]]]) =>
      cols === undefined || !name.includes('_blocks.') ? {} : form(name, rows, cols),
    ),
  ),
})

test.each([
  [
    'NVFP4',
    blocks((name, rows, cols) => ({
      [name]: ['U8', [rows, cols / 2]],
      [`${name}_scale`]: ['F8_E4M3', [rows, cols / 16]],
      [`${name}_scale_2`]: ['F32', []],
    })),
    /double_blocks\.0\.img_attn\.qkv\.weight is U8, packed as NVFP4, .*: fetch the file in bfloat16/,
  ],
  [
    'NVFP4 but for the first block',
    {
      ...small,
      'single_blocks.0.linear1.weight': ['U8', [2304, 128]],
      'single_blocks.0.linear1.weight_scale_2': ['F32', []],
    } satisfies Entries,
    /single_blocks\.0\.linear1\.weight is U8, packed as NVFP4, .*: fetch the file in bfloat16/,
  ],
  [
    'bitsandbytes',
    {
      ...small,
      'single_blocks.0.linear1.weight': ['U8', [294_912, 1]],
      'single_blocks.0.linear1.weight.quant_state.bitsandbytes__nf4': ['U8', [90]],
    } satisfies Entries,
    /single_blocks\.0\.linear1\.weight is U8, packed by bitsandbytes, .*: fetch the file/,
  ],
  [
    'the other float8',
    blocks((name, rows, cols) => ({ [name]: ['F8_E5M2', [rows, cols]] })),
    /double_blocks\.0\.img_attn\.qkv\.weight is F8_E5M2, which is not read: fetch the file/,
  ],
  [
    'a FLUX.1',
    { ...small, 'vector_in.in_layer.weight': ['BF16', [256, 768]] } satisfies Entries,
    /is a FLUX\.1 transformer/,
  ],
  [
    'a FLUX.2-dev',
    { ...small, 'guidance_in.in_layer.weight': ['BF16', [256, 256]] } satisfies Entries,
    /is FLUX\.2-dev, which is not served: use a FLUX\.2-klein/,
  ],
  [
    'a tensor that nobody knows',
    { ...small, 'single_blocks.0.linear1.lora_up': ['BF16', [4, 4]] } satisfies Entries,
    /unknown single_blocks\.0\.linear1\.lora_up/,
  ],
])('%s is rejected by name', async (_, entries, message) => {
  await written(entries)
  const check = async () => checkComponents(folder, await opened())
  await expect(check()).rejects.toThrow(message)
})
