/**
 * LongCat-Image-Edit with the computed weights of the embedded backbone: its blocks are FLUX.1's, so the
 * closed forms are the same, at LongCat's own positions and with Qwen2.5-VL's text.
 */

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  embeddedCheckpoint,
  type WrittenComponent,
} from '../../../../gpu-worker/backbones/embedded/checkpoint.ts'
import type { OpenBackbone } from '../../../../gpu-worker/backbones/family.ts'
import { LongcatConfig } from '../../../../gpu-worker/backbones/longcat/transformer/config.ts'
import { longcatGraph } from '../../../../gpu-worker/backbones/longcat/transformer/graph.ts'
import { longcatPositions } from '../../../../gpu-worker/backbones/longcat/transformer/inputs.ts'
import {
  controlInputs,
  type Positions,
  stepInputs,
} from '../../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import {
  type NamedTensor,
  writeSafetensors,
} from '../../../../gpu-worker/checkpoint/safetensors.ts'
import { floats, type Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { controlOf, identityControl } from '../../../../gpu-worker/sampler/control.ts'
import { denoise, guided } from '../../../../gpu-worker/sampler/denoise.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import { load, maxDifference } from '../../../fixtures/graphs.ts'
import { dragError, type Form, forms, planOf, scenes } from '../closed-forms/drags.ts'
import { referenceLatents, type Sampled } from '../closed-forms/sample.ts'
import { describePlainCopy, TOLERANCE } from '../closed-forms/suite.ts'

const golden = fileURLToPath(new URL('../../../fixtures/golden/longcat-edit', import.meta.url))
/** Width of the golden Qwen2.5-VL. */
const JOINT = 32

/** FLUX.1's computed transformer as one of LongCat's. */
function longcatOf({ config, tensors }: WrittenComponent): WrittenComponent {
  const { pooled_projection_dim: _, guidance_embeds: __, ...sizes } = config
  const named = tensors.flatMap((tensor): NamedTensor[] => {
    const { name, dims } = tensor
    if (name.includes('.text_embedder.')) return []
    if (name === 'context_embedder.weight') {
      const width = dims[0] as number
      return [{ name, dims: [width, JOINT], data: new Float32Array(width * JOINT) }]
    }
    if (name.endsWith('to_k.weight') && name.startsWith('single')) return [withTextTurned(tensor)]
    return [{ ...tensor, name: name.replace('time_text_embed', 'time_embed') }]
  })
  return {
    config: {
      ...sizes,
      _class_name: 'LongCatImageTransformer2DModel',
      joint_attention_dim: JOINT,
    },
    tensors: named,
  }
}

/**
 * FLUX.1's text has the image id of the target; LongCat's is 1 below. Turned by 1 radian on the image
 * axis, which is one id, its key stands where FLUX.1's does.
 */
function withTextTurned({ name, dims, data }: NamedTensor): NamedTensor {
  const width = dims[1] as number
  // After 64 features, their copies and two flags.
  const text = 2 * 64 + 2
  const [x, y] = [data[text] as number, data[width + text] as number]
  const turned = data.slice()
  turned[text] = Math.cos(1) * x - Math.sin(1) * y
  turned[width + text] = Math.sin(1) * x + Math.cos(1) * y
  return { name, dims, data: turned }
}

async function writeComponent(to: string, { config, tensors }: WrittenComponent): Promise<void> {
  await mkdir(to)
  await writeFile(join(to, 'config.json'), JSON.stringify(config))
  await writeFile(join(to, 'model.safetensors'), writeSafetensors(tensors))
}

let folder: string
let backbone: OpenBackbone
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-analytic-longcat-'))
  for (const part of ['text_encoder', 'text_processor', 'tokenizer', 'scheduler'])
    await symlink(join(golden, part), join(folder, part))
  const { transformer, vae } = embeddedCheckpoint('embedded')
  await writeComponent(join(folder, 'transformer'), longcatOf(transformer))
  await writeComponent(join(folder, 'vae'), vae)
  const location = { checkpoint: folder, cache: '/nowhere' }
  backbone = await openBackbone('longcat-image-edit', location, { provider: 'cpu', threads: 1 })
})
afterAll(async () => {
  await backbone.close()
  await rm(folder, { recursive: true })
})

const emptyText = (count: number) => floats(new Float32Array(count * JOINT), count, JOINT)
/** With a text of eleven tokens: the same results as with hundreds, sooner. */
const quick: Sampled = {
  condition: async () => emptyText(11),
  velocity: (run) => backbone.velocity(run),
  schedule: (steps, tokens) => backbone.schedule(steps, tokens),
  noise: (seed, grid) => backbone.noise(seed, grid),
}

describePlainCopy(() => [quick], [2])

test.each(
  Object.keys(scenes).flatMap((name) =>
    (Object.keys(forms) as Form[]).map((form) => [name, form] as const),
  ),
)('closed form of %s, %s', async (name, form) => {
  expect(await dragError(quick, name, form, 0.3)).toBeLessThanOrEqual(TOLERANCE)
})

test('a whole edit moves the tokens, from a photo and two prompts with guidance', async () => {
  const plan = planOf('move', 'PRE+OAM')
  const { grid } = plan
  const size = { width: 8 * grid.cols, height: 8 * grid.rows }
  const pixels = gaussianNoise(5, 3 * size.width * size.height).map((value) => 0.3 * value)
  const photo = { ...size, pixels }
  const reference = await backbone.encode(photo)
  const run = { grid, reference, control: controlOf(plan), guidance: null }
  const towards = await backbone.condition({ prompt: 'Move the block.', photo })
  const away = await backbone.condition({ prompt: '', photo })
  // 512 tokens of the prompt, and some of the picture.
  expect((towards as Tensor).dims[0]).toBeGreaterThan(512)
  expect(maxDifference(valuesIn(towards), valuesIn(away))).toBeGreaterThan(0.01)
  const latents = await denoise(
    backbone.noise(3, grid),
    backbone.schedule(2, grid.rows * grid.cols),
    [0.5, 0.5],
    guided(
      backbone.velocity({ ...run, conditioning: towards }),
      backbone.velocity({ ...run, conditioning: away }),
      4.5,
    ),
    (x) => x,
    () => {},
  )
  const wanted = reference.slice()
  const width = reference.length / (grid.rows * grid.cols)
  const part = (values: Float32Array, token: number) =>
    values.subarray(token * width, (token + 1) * width)
  // Vacated tokens are filled: no closed form.
  for (const token of plan.sourceMask) part(wanted, token).set(part(latents, token))
  plan.targets.forEach((target, i) => {
    part(wanted, target).set(part(reference, plan.sources[i] as number))
  })
  expect(maxDifference(latents, wanted)).toBeLessThan(TOLERANCE)
  const [picture, moved] = [
    await backbone.decode(latents, grid),
    await backbone.decode(wanted, grid),
  ]
  expect(picture).toHaveLength(pixels.length)
  expect(maxDifference(picture, moved)).toBeLessThan(TOLERANCE)
})

const valuesIn = (conditioning: unknown) => (conditioning as Tensor & { type: 'F32' }).data

describe('wrong positions each break the copy', () => {
  const TEXT = 11
  const grid = { rows: 4, cols: 6 }
  type Bend = (positions: Positions) => Positions
  const withReference = (reference: Positions['reference']): Bend => {
    return (positions) => ({ ...positions, reference })
  }
  const withText = (text: Positions['text']): Bend => {
    return (positions) => ({ ...positions, text })
  }
  const bugs: readonly (readonly [string, Bend])[] = [
    [
      "FLUX.1's image ids",
      (positions) => ({
        ...positions,
        target: (row, col) => [0, TEXT + row, TEXT + col],
        reference: (row, col) => [1, TEXT + row, TEXT + col],
      }),
    ],
    ['the image id of the target', withReference((row, col) => [1, TEXT + row, TEXT + col])],
    ['rows and columns exchanged', withReference((row, col) => [2, TEXT + col, TEXT + row])],
    ['a reference that does not begin after the text', withReference((row, col) => [2, row, col])],
    ['text at the image id of the target', withText((index) => [1, index, index])],
  ]

  test('and the right ones do not', async () => {
    const component = await openComponent(join(folder, 'transformer'))
    const config = LongcatConfig.parse(component.config)
    const session = await load(longcatGraph(config, component.tensors, 'F32'))
    const control = identityControl(24)
    const reference = referenceLatents(24, backbone)
    const latents = gaussianNoise(9, reference.length)
    const sigma = 0.6
    const errorAt = async (positions: Positions) => {
      const { outputs } = await session.run({
        reference: floats(reference, 24, config.in_channels),
        text: emptyText(TEXT),
        ...controlInputs(positions, { grid, control }, TEXT),
        ...stepInputs(control, { latents, sigma, lambda: 0 }, 'F32'),
      })
      const velocity = outputs.velocity?.data as Float32Array
      const predicted = latents.map((value, i) => value - sigma * (velocity[i] as number))
      return maxDifference(predicted, reference)
    }
    const right = longcatPositions(config, TEXT)
    expect(await errorAt(right)).toBeLessThan(TOLERANCE)
    for (const [name, bend] of bugs)
      expect(await errorAt(bend(right)), name).toBeGreaterThan(100 * TOLERANCE)
  })
})
