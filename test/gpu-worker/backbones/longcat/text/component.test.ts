/** Qwen2.5-VL with a picture in a padded text, against transformers with the same random weights (test/parity). */

import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { faultsOf } from '../../../../../gpu-worker/backbones/check.ts'
import { qwen25VlText } from '../../../../../gpu-worker/backbones/longcat/text/component.ts'
import { Qwen25VlConfig } from '../../../../../gpu-worker/backbones/parts/text/qwen2-5-vl.ts'
import { multimodalPositions } from '../../../../../gpu-worker/backbones/parts/text/qwen2-5-vl-inputs.ts'
import { type Component, openComponent } from '../../../../../gpu-worker/checkpoint/layout.ts'
import { readTensors } from '../../../../../gpu-worker/checkpoint/safetensors.ts'
import { indices, type Tensor } from '../../../../../gpu-worker/onnx/tensor.ts'
import { relativeError, valuesOf } from '../../../../fixtures/graphs.ts'

const folder = fileURLToPath(new URL('../../../../fixtures/golden/qwen2_5-vl', import.meta.url))
const TOLERANCE = 5e-5
const options = { compute: 'F32', provider: 'cpu', threads: 1 } as const

const open = async () => ({
  component: await openComponent(folder),
  io: await readTensors(`${folder}/io.safetensors`),
})
const numbersOf = (io: ReadonlyMap<string, Tensor>, name: string) =>
  Array.from((io.get(name)?.data ?? []) as Iterable<bigint>, Number)

async function run(
  component: Component,
  io: ReadonlyMap<string, Tensor>,
  compute: 'F32' | 'F16' = 'F32',
): Promise<Map<string, Tensor>> {
  const graph = qwen25VlText.graphs['qwen2_5-vl']
  if (graph === undefined) throw new Error('no graph')
  return new Map(Object.entries(await graph.run(component, io, { ...options, compute })))
}

test('the states of all tokens, padding too: 15 picture tokens in two windows', async () => {
  const { component, io } = await open()
  const got = await run(component, io)
  expect(got.get('last_hidden_state')?.dims).toEqual([1, 60, 32])
  const wanted = valuesOf(io, 'last_hidden_state')
  expect(relativeError(valuesOf(got, 'last_hidden_state'), wanted)).toBeLessThan(TOLERANCE)
  const half = await run(component, io, 'F16')
  expect(relativeError(valuesOf(half, 'last_hidden_state'), wanted)).toBeLessThan(1e-2)
})

test('positions are those of transformers 4, or any that are given', async () => {
  const { component, io } = await open()
  const config = Qwen25VlConfig.parse(component.config)
  const text = { ids: numbersOf(io, 'input_ids'), attended: numbersOf(io, 'attention_mask') }
  const positions = multimodalPositions(text, { rows: 6, cols: 10 }, config)
  const wanted = numbersOf(io, 'mrope_positions')
  expect([0, 1, 2].flatMap((axis) => positions.map((ids) => ids[axis]))).toEqual(wanted)

  // The same call of transformers 5 without positions: everything in one line.
  const given = new Map(io).set('position_ids', io.get('flat_positions') as Tensor)
  const got = await run(component, given)
  const flat = valuesOf(io, 'flat_hidden_state')
  expect(relativeError(valuesOf(got, 'last_hidden_state'), flat)).toBeLessThan(TOLERANCE)
  expect(relativeError(valuesOf(io, 'last_hidden_state'), flat)).toBeGreaterThan(0.01)
})

describe('names and configs', () => {
  test('of transformers 4 and of transformers 5 are the same model, without faults', async () => {
    const { component, io } = await open()
    const names = [...component.tensors.keys()]
    expect(names).toContain('visual.blocks.0.attn.qkv.weight')
    expect(names).toContain('lm_head.weight')
    expect(faultsOf(qwen25VlText, component)).toEqual([])
    const newer = {
      ...component,
      tensors: new Map(
        [...component.tensors].map(([name, tensor]) => [
          name
            .replace(/^visual\./, 'model.visual.')
            .replace(/^model\.(layers|norm|embed)/, 'model.language_model.$1'),
          tensor,
        ]),
      ),
    }
    expect([...newer.tensors.keys()]).toContain(
      'model.language_model.layers.0.self_attn.q_proj.bias',
    )
    expect([...newer.tensors.keys()]).toContain('model.visual.merger.ln_q.weight')
    expect(faultsOf(qwen25VlText, newer)).toEqual([])
    const got = await run(newer, io)
    const wanted = valuesOf(io, 'last_hidden_state')
    expect(relativeError(valuesOf(got, 'last_hidden_state'), wanted)).toBeLessThan(TOLERANCE)
  })

  test('the config of the released Qwen2.5-VL-7B, whose text has no part of its own', () => {
    const config = Qwen25VlConfig.parse({
      model_type: 'qwen2_5_vl',
      hidden_size: 3584,
      intermediate_size: 18_944,
      num_hidden_layers: 28,
      num_attention_heads: 28,
      num_key_value_heads: 4,
      vocab_size: 152_064,
      rms_norm_eps: 1e-6,
      rope_theta: 1_000_000,
      use_sliding_window: false,
      sliding_window: 32_768,
      rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
      vision_config: {
        depth: 32,
        hidden_size: 1280,
        in_chans: 3,
        intermediate_size: 3420,
        num_heads: 16,
        out_hidden_size: 3584,
      },
    })
    expect(config.text_config).toMatchObject({ head_dim: 128, mrope_section: [16, 24, 24] })
    expect(config.vision_config.fullatt_block_indexes).toEqual([7, 15, 23, 31])
  })
})

test('a text without the tokens of its picture is an error', async () => {
  const { component, io } = await open()
  const other = new Map(io).set('image_grid_thw', indices([1, 6, 8]))
  await expect(run(component, other)).rejects.toThrow(
    /input_ids has 15 tokens 290 for the picture, but image_grid_thw needs 12/,
  )
  const moments = new Map(io).set('image_grid_thw', indices([2, 6, 10]))
  await expect(run(component, moments)).rejects.toThrow(/must be one picture/)
})
