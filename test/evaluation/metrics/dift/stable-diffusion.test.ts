/**
 * Features of Stable Diffusion against diffusers and transformers, with a small random model in the
 * released layout (test/parity/make_metrics.py).
 */

import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  drawsFor,
  nearest,
  published,
  publishedMeanDistances,
} from '../../../../evaluation/metrics/dift/mean-distance.ts'
import { momentsGraph } from '../../../../evaluation/metrics/dift/moments-graph.ts'
import { alphaAt } from '../../../../evaluation/metrics/dift/noise-level.ts'
import { StableDiffusion } from '../../../../evaluation/metrics/dift/stable-diffusion.ts'
import { UnetConfig } from '../../../../evaluation/metrics/dift/unet-config.ts'
import { unetGraph, unetInputs } from '../../../../evaluation/metrics/dift/unet-graph.ts'
import { attentionParts, KlConfig } from '../../../../gpu-worker/backbones/parts/autoencoder/kl.ts'
import { TensorRecorder } from '../../../../gpu-worker/backbones/parts/emitter.ts'
import { runOnce } from '../../../../gpu-worker/backbones/parts/named-tensors.ts'
import { ClipConfig, clipGraph } from '../../../../gpu-worker/backbones/parts/text/clip.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import { elementCount, floats } from '../../../../gpu-worker/onnx/tensor.ts'
import { relativeError } from '../../../fixtures/graphs.ts'
import { caseOf, dragged, drawn, flags, measured, never } from '../../drawn.ts'
import { golden, goldenFolder } from '../golden.ts'

const options = { provider: 'cpu', threads: 1 } as const
const TOLERANCE = 1e-4
const tokenizer = fileURLToPath(new URL('../../../fixtures/tokenizers/clip/', import.meta.url))
let folder = ''

/** The released folder: the golden components, with a tokenizer that pads with `!`. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-sd-'))
  for (const name of ['unet', 'vae', 'text_encoder', 'scheduler'])
    await symlink(goldenFolder(`dift/${name}`), join(folder, name))
  await mkdir(join(folder, 'tokenizer'))
  for (const file of await readdir(tokenizer))
    if (file !== 'special_tokens_map.json')
      await symlink(join(tokenizer, file), join(folder, 'tokenizer', file))
  const special = { pad_token: '!', eos_token: '<|endoftext|>' }
  await writeFile(join(folder, 'tokenizer', 'special_tokens_map.json'), JSON.stringify(special))
})

describe('against diffusers', () => {
  let model: StableDiffusion
  beforeAll(async () => {
    model = await StableDiffusion.open(folder, options)
  })
  afterAll(() => model.close())

  test("the text encoder is OpenCLIP's, with exact GELU", async () => {
    const { tensors, values } = await golden('dift')
    const ids = Array.from(tensors.get('input_ids')?.data ?? [], Number)
    expect(relativeError(await model.encodeText(ids), values('encoded'))).toBeLessThan(TOLERANCE)
  })

  test('two draws of a picture whose latents do not halve', async () => {
    const { values, dims } = await golden('dift')
    const [, , height = 0, width = 0] = dims('image')
    const picture = { width, height, data: values('image') }
    const count = model.latentCount(picture)
    const each = (key: string) => [0, 1].map((i) => values(key).slice(i * count, (i + 1) * count))
    const [posterior, noise] = [each('draws'), each('noises')]
    const draws = [0, 1].map((i) => ({
      posterior: posterior[i] as Float32Array,
      noise: noise[i] as Float32Array,
    }))
    const features = await model.featuresOf(picture, values('encoded'), draws)
    expect(features.dims).toEqual(dims('features').slice(1))
    expect(relativeError(features.data, values('features'))).toBeLessThan(TOLERANCE)
    // Without the draws of the posterior they are others.
    const means = draws.map((draw) => ({ ...draw, posterior: null }))
    const other = await model.featuresOf(picture, values('encoded'), means)
    expect(relativeError(other.data, values('features'))).toBeGreaterThan(10 * TOLERANCE)
  })
})

test('the UNet alone, on latents that halve', async () => {
  const { values, dims } = await golden('dift')
  const { config, tensors } = await openComponent(goldenFolder('dift/unet'))
  const unet = UnetConfig.parse(config)
  const [, , rows = 0, cols = 0] = dims('even')
  const width = unet.cross_attention_dim
  const text = floats(values('encoded'), values('encoded').length / width, width)
  const inputs = { ...unetInputs(unet, values('even'), { rows, cols }, 261), text }
  const features = await runOnce(unetGraph(unet, tensors), options, inputs, 'features')
  expect(features.dims).toEqual(dims('even_features'))
  expect(relativeError(features.data, values('even_features'))).toBeLessThan(TOLERANCE)
})

test("the autoencoder's moments, also by the released file's old names", async () => {
  const { values, dims } = await golden('dift')
  const { config, tensors } = await openComponent(goldenFolder('dift/vae'))
  const [, , height = 0, width = 0] = dims('image')
  const x = floats(values('image'), 1, 3, height, width)
  const inputs = { x, attention_parts: attentionParts(height >> 3, width >> 3) }
  const old = { to_q: 'query', to_k: 'key', to_v: 'value', 'to_out.0': 'proj_attn' }
  const released = new Map(
    [...tensors].map(([name, tensor]) => {
      const [today, before] = Object.entries(old).find(([key]) => name.includes(`.${key}.`)) ?? []
      return [today === undefined ? name : name.replace(today, before as string), tensor]
    }),
  )
  expect(released.has('encoder.mid_block.attentions.0.proj_attn.weight')).toBe(true)
  for (const named of [tensors, released]) {
    const graph = momentsGraph(KlConfig.parse(config), named)
    const { data } = await runOnce(graph, options, inputs, 'moments')
    const mean = data.subarray(0, data.length / 2)
    const deviation = data.subarray(data.length / 2).map((log) => Math.exp(log / 2))
    expect(relativeError(mean, values('mean'))).toBeLessThan(TOLERANCE)
    expect(relativeError(deviation, values('std'))).toBeLessThan(TOLERANCE)
  }
})

test('what is left of a picture at a step', async () => {
  const { values } = await golden('dift')
  const scheduler = {
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    num_train_timesteps: 1000,
  } as const
  expect(alphaAt(scheduler, 261) / (values('alpha')[0] as number)).toBeCloseTo(1, 5)
})

test.each([
  // Of 865,910,724 parameters: without the last two up blocks and the output.
  ['unet', 452, 774_200_320],
  // The encoder's part of 83,653,863.
  ['vae', 108, 34_163_664],
  ['text encoder', 372, 340_387_840],
] as const)('at full size, the %s asks for the released tensors', (part, tensors, parameters) => {
  const recorder = new TensorRecorder()
  if (part === 'unet') unetGraph(UnetConfig.parse(releasedUnet), recorder)
  if (part === 'vae') momentsGraph(KlConfig.parse(releasedVae), recorder)
  if (part === 'text encoder') clipGraph(ClipConfig.parse(releasedText), recorder, 'F32')
  expect(recorder.size).toBe(tensors)
  const sum = [...recorder.values()].reduce((all, { dims }) => all + elementCount(dims), 0)
  expect(sum).toBe(parameters)
})

const releasedUnet = {
  _class_name: 'UNet2DConditionModel',
  in_channels: 4,
  block_out_channels: [320, 640, 1280, 1280],
  layers_per_block: 2,
  down_block_types: [...Array(3).fill('CrossAttnDownBlock2D'), 'DownBlock2D'],
  up_block_types: ['UpBlock2D', ...Array(3).fill('CrossAttnUpBlock2D')],
  attention_head_dim: [5, 10, 20, 20],
  cross_attention_dim: 1024,
  norm_num_groups: 32,
  use_linear_projection: true,
}
const releasedVae = {
  _class_name: 'AutoencoderKL',
  block_out_channels: [128, 256, 512, 512],
  layers_per_block: 2,
  latent_channels: 4,
  norm_num_groups: 32,
  scaling_factor: 0.18215,
}
const releasedText = {
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 23,
  num_attention_heads: 16,
  max_position_embeddings: 77,
  vocab_size: 49_408,
  eos_token_id: 2,
  hidden_act: 'gelu',
}

test('the two metrics, on a picture and its copy', async () => {
  const [pixels, percent] = await publishedMeanDistances(folder, options, { draws: 1, side: 96 })
  if (pixels === undefined || percent === undefined) throw new Error('a metric is missing')
  const size = { width: 64, height: 48 }
  const photo = drawn(size, (x, y) => [(x * 37) % 256, (y * 53) % 256, (x * y) % 256])
  const drags = [dragged([20, 20], [40, 30]), dragged([10, 10], [10, 20])]
  const mask = { ...size, data: flags(size, (x) => x > 30) }
  const one = caseOf(size, drags, { mask: { kind: 'editable', mask }, prompt: 'a photo' })
  try {
    expect(pixels.weight?.(one)).toBe(2)
    const columns = await pixels.measure(measured(one, photo, photo), never)
    const again = await pixels.measure(measured(caseOf(size, drags), photo, photo), never)
    expect(Object.keys(columns)).toEqual(['px', 'masked-px'])
    expect(Object.keys(again)).toEqual(['px'])
    const { percent: share } = await percent.measure(measured(one, photo, photo), never)
    expect(share).toBeGreaterThanOrEqual(0)
    expect(share).toBeLessThan(100 * Math.SQRT2)
  } finally {
    await pixels.close()
    await percent.close()
  }
})

test('as published: eight draws, other ones for the result, and 768 pixels a side', () => {
  expect(published).toEqual({ draws: 8, side: 768 })
  const noises = (['photo', 'result'] as const).flatMap((side) =>
    drawsFor(side, published.draws, 4, true).flatMap(({ posterior, noise }) => [posterior, noise]),
  )
  expect(new Set(noises.map(String)).size).toBe(2 * 2 * 8)
})

test('of nearest pixels the one before counts', () => {
  const planes = { width: 3, height: 1, data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) }
  // F.interpolate to 5 takes the pixels 0, 0, 1, 1, 2.
  expect([...nearest(planes, { width: 5, height: 1 }).data.slice(0, 5)]).toEqual([1, 1, 2, 2, 3])
})

test('a folder with another UNet is named, with the field', async () => {
  const other = await mkdtemp(join(tmpdir(), 'contextdrag-sd-'))
  for (const name of ['vae', 'text_encoder', 'scheduler', 'tokenizer'])
    await symlink(join(folder, name), join(other, name))
  await mkdir(join(other, 'unet'))
  const { config } = await openComponent(goldenFolder('dift/unet'))
  const first = { ...(config as object), use_linear_projection: false }
  await writeFile(join(other, 'unet', 'config.json'), JSON.stringify(first))
  await symlink(
    join(goldenFolder('dift/unet'), 'diffusion_pytorch_model.safetensors'),
    join(other, 'unet', 'diffusion_pytorch_model.safetensors'),
  )
  await expect(StableDiffusion.open(other, options)).rejects.toThrow(
    /unet: use_linear_projection: /,
  )
})
