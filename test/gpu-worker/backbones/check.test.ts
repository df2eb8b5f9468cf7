import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  expectedTensors,
  faultsOf,
  openComponents,
  sizeOf,
} from '../../../gpu-worker/backbones/check.ts'
import { flux1 } from '../../../gpu-worker/backbones/flux1/family.ts'
import { openComponent } from '../../../gpu-worker/checkpoint/layout.ts'
import { readSafetensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { elementCount } from '../../../gpu-worker/onnx/tensor.ts'
import { kontextCheckpoint } from '../../fixtures/checkpoint.ts'
import { releasedTransformer } from '../../fixtures/released.ts'

const golden = fileURLToPath(new URL('../../fixtures/golden/', import.meta.url))

/** The configs of the released checkpoint, copied from its files. */
const released = {
  transformer: releasedTransformer,
  vae: {
    _class_name: 'AutoencoderKL',
    block_out_channels: [128, 256, 512, 512],
    layers_per_block: 2,
    latent_channels: 16,
    norm_num_groups: 32,
    scaling_factor: 0.3611,
    shift_factor: 0.1159,
    use_quant_conv: false,
    use_post_quant_conv: false,
  },
  text_encoder: {
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    max_position_embeddings: 77,
    vocab_size: 49408,
    eos_token_id: 2,
    hidden_act: 'quick_gelu',
  },
  text_encoder_2: {
    d_model: 4096,
    d_kv: 64,
    d_ff: 10240,
    num_layers: 24,
    num_heads: 64,
    vocab_size: 32128,
    feed_forward_proj: 'gated-gelu',
  },
} as const

describe('at full size the graphs need exactly the released tensors', () => {
  test.each([
    // One linear layer of the file, norm_out, is used as two halves: two more names.
    ['transformer', 1160 + 2, 11_901_408_320],
    ['vae', 244, 83_819_683],
    ['text_encoder', 196, 123_060_480],
    ['text_encoder_2', 219, 4_762_310_656],
  ] as const)('%s', (name, tensors, parameters) => {
    const expected = expectedTensors(flux1.components[name], released[name])
    expect(expected.size).toBe(tensors)
    expect([...expected.values()].reduce((sum, { dims }) => sum + elementCount(dims), 0)).toBe(
      parameters,
    )
  })
})

describe('verify', () => {
  test('finds no faults in a correct folder, in either layout', async () => {
    const components = await openComponents(flux1, await kontextCheckpoint())
    expect(components.map(({ name }) => name)).toEqual(Object.keys(released))
    for (const { kind, component } of components) expect(faultsOf(kind, component)).toEqual([])
    const single = {
      ...(await openComponent(`${golden}flux1`)),
      tensors: await readSafetensors(`${golden}flux1-bfl.safetensors`),
    }
    expect(faultsOf(flux1.components.transformer, single)).toEqual([])
  })

  test('reports all missing and unknown tensors and wrong shapes at once', async () => {
    const component = await openComponent(`${golden}clip`)
    const tensors = new Map(component.tensors)
    const [gone = '', bent = ''] = [...tensors.keys()].filter((key) => key.endsWith('fc1.weight'))
    const tensor = tensors.get(bent)
    if (tensor === undefined) throw new Error('the fixture has no second layer')
    tensors.delete(gone)
    tensors.set(bent, { ...tensor, dims: [24, 48] }).set('text_model.surplus', tensor)
    const faults = faultsOf(flux1.components.text_encoder, { ...component, tensors })
    expect(faults).toEqual([
      'missing encoder.layers.0.mlp.fc1.weight [48,24]',
      'encoder.layers.1.mlp.fc1.weight is [24,48], should be [48,24]',
      'unknown surplus (F32 in model.safetensors)',
    ])
  })

  test('reports the same for a copy without symlinks', async () => {
    const folder = await kontextCheckpoint()
    const copy = `${folder}-copy`
    await cp(folder, copy, { recursive: true, dereference: true })
    expect(faultsOf(flux1.components.vae, await openComponent(join(copy, 'vae')))).toEqual([])
  })
})

test('sizes: parameters, bytes and types', async () => {
  expect(sizeOf(await openComponent(`${golden}flux1-bf16`))).toMatchObject({
    types: { BF16: expect.any(Number) },
  })
  const whole = sizeOf(await openComponent(`${golden}flux1`))
  const half = sizeOf(await openComponent(`${golden}flux1-bf16`))
  expect(half.parameters).toBe(whole.parameters)
  expect(half.bytes * 2).toBe(whole.bytes)
})

test('the estimate for the released checkpoint is between its weights and a large GPU', () => {
  const sized = (name: keyof typeof released, bytesEach: number) => {
    const parameters = [...expectedTensors(flux1.components[name], released[name]).values()].reduce(
      (sum, { dims }) => sum + elementCount(dims),
      0,
    )
    const size = { parameters, bytes: parameters * bytesEach, types: {} }
    return { size, config: released[name] }
  }
  const components = {
    transformer: sized('transformer', 2),
    vae: sized('vae', 4),
    text_encoder: sized('text_encoder', 2),
    text_encoder_2: sized('text_encoder_2', 2),
  }
  const { cpu, gpu } = flux1.memory(components, 4096)
  expect(gpu / 1e9).toBeGreaterThan(24)
  expect(gpu / 1e9).toBeLessThan(48)
  expect(cpu / 1e9).toBeGreaterThan(33)
})
