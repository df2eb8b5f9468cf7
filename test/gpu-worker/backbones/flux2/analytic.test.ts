/**
 * FLUX.2 with computed weights, whose results are known in closed form: the same forms as those of the
 * embedded backbones, a whole edit from photo to picture, and the bugs that would break them.
 */

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OpenBackbone } from '../../../../gpu-worker/backbones/family.ts'
import { Flux2Config } from '../../../../gpu-worker/backbones/flux2/transformer/config.ts'
import { flux2Graph } from '../../../../gpu-worker/backbones/flux2/transformer/graph.ts'
import { flux2Positions } from '../../../../gpu-worker/backbones/flux2/transformer/inputs.ts'
import {
  controlInputs,
  type Positions,
  stepInputs,
} from '../../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { TIME_FEATURES } from '../../../../gpu-worker/backbones/parts/sequence/time-features.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import {
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from '../../../../gpu-worker/checkpoint/safetensors.ts'
import type { ExternalTensor } from '../../../../gpu-worker/onnx/graph.ts'
import type { Session } from '../../../../gpu-worker/onnx/session.ts'
import { floats, type Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { controlOf, identityControl } from '../../../../gpu-worker/sampler/control.ts'
import { denoise } from '../../../../gpu-worker/sampler/denoise.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import { load, maxDifference } from '../../../fixtures/graphs.ts'
import { planOf } from '../closed-forms/drags.ts'
import { referenceLatents, type Sampled } from '../closed-forms/sample.ts'
import { describeClosedForms, describePlainCopy, TOLERANCE } from '../closed-forms/suite.ts'
import { describeSwitches } from '../closed-forms/switches.ts'
import { FOURTH, statistics, VARIANCE_EPSILON } from './analytic/autoencoder.ts'
import { positionBugs, weightBugs } from './analytic/bugs.ts'
import { analyticKlein } from './analytic/checkpoint.ts'
import { analyticConfig, analyticTensors, slowCosines } from './analytic/transformer.ts'

let folder: string
let backbone: OpenBackbone

beforeAll(async () => {
  folder = await analyticKlein()
  const location = { checkpoint: folder, cache: '/nowhere' }
  backbone = await openBackbone('flux2-klein-4b', location, { provider: 'cpu', threads: 1 })
})
afterAll(async () => {
  await backbone.close()
  await rm(folder, { recursive: true })
})

/** With a text of eight tokens instead of 512: the same results, sooner. */
const quick: Sampled = {
  condition: async () => emptyText(8),
  velocity: (run) => backbone.velocity(run),
  schedule: (steps, tokens) => backbone.schedule(steps, tokens),
  noise: (seed, grid) => backbone.noise(seed, grid),
}
const emptyText = (count: number) => {
  const { joint_attention_dim: width } = analyticConfig
  return floats(new Float32Array(count * width), count, width)
}

describePlainCopy(() => [quick], [1, 4])
describeClosedForms(() => quick)
describeSwitches(() => quick)

describe('a whole edit', () => {
  /** Pixels of a latent, and of a token. */
  const [LATENT, TOKEN] = [8, 16]
  const plan = planOf('move', 'PRE+OAM')
  const { grid } = plan
  const size = { width: TOKEN * grid.cols, height: TOKEN * grid.rows }
  const latentsWide = 2 * grid.cols
  const colours = gaussianNoise(5, 3 * 2 * grid.rows * latentsWide).map((value) =>
    Math.max(-1, Math.min(1, 0.4 * value)),
  )
  /** The colour of a latent: flat within it. */
  const colourAt = (channel: number, y: number, x: number) =>
    colours[(channel * 2 * grid.rows + y) * latentsWide + x] as number
  /** Of a value of a picture [3, height, width]. */
  const placeOf = (index: number) => ({
    channel: Math.floor(index / (size.width * size.height)),
    y: Math.floor(index / size.width) % size.height,
    x: index % size.width,
  })
  const photo = {
    ...size,
    pixels: Float32Array.from({ length: 3 * size.width * size.height }, (_, i) => {
      const { channel, y, x } = placeOf(i)
      return colourAt(channel, Math.floor(y / LATENT), Math.floor(x / LATENT))
    }),
  }

  test('the photo as tokens: packed 2x2, less the mean and by the deviation of each feature', async () => {
    const tokens = await backbone.encode(photo)
    const wanted = tokens.map((_, i) => {
      const feature = i % 16
      const token = Math.floor(i / 16)
      const channel = Math.floor(feature / 4)
      const y = 2 * Math.floor(token / grid.cols) + (feature % 4 > 1 ? 1 : 0)
      const x = 2 * (token % grid.cols) + (feature % 2)
      const value = channel === 3 ? FOURTH : colourAt(channel, y, x)
      const deviation = Math.sqrt((statistics.variance[feature] as number) + VARIANCE_EPSILON)
      return (value - (statistics.mean[feature] as number)) / deviation
    })
    expect(tokens).toHaveLength(16 * grid.rows * grid.cols)
    expect(maxDifference(tokens, wanted)).toBeLessThan(TOLERANCE)
  })

  test('four steps of the real schedule move the pixels, whatever the prompt and the noise', async () => {
    const reference = await backbone.encode(photo)
    const sigmas = backbone.schedule(4, grid.rows * grid.cols)
    const sourceOf = new Map(plan.targets.map((target, i) => [target, plan.sources[i] as number]))
    const filled = new Set(plan.sourceMask.filter((token) => !sourceOf.has(token)))
    expect([sourceOf.size, filled.size]).toEqual([9, 9])
    const prompt = (await backbone.condition({ prompt: 'Move the block.', photo })) as Tensor
    expect(prompt.dims).toEqual([512, 48])
    const latentsOf = (conditioning: Tensor, seed: number) => {
      const run = { grid, reference, control: controlOf(plan), guidance: null, conditioning }
      const noise = backbone.noise(seed, grid)
      const lambdas = [0.5, 0.5, 0.25, 0]
      const velocity = backbone.velocity(run)
      return denoise(
        noise,
        sigmas,
        lambdas,
        velocity,
        (x) => x,
        () => {},
      )
    }
    const latents = await latentsOf(prompt, 1)
    expect(maxDifference(await latentsOf(emptyText(8), 2), latents)).toBeLessThan(TOLERANCE)
    const pixels = await backbone.decode(latents, grid)
    const wanted = pixels.map((value, i) => {
      const { channel, y, x } = placeOf(i)
      const token = Math.floor(y / TOKEN) * grid.cols + Math.floor(x / TOKEN)
      if (filled.has(token)) return value
      const from = sourceOf.get(token) ?? token
      const row = 2 * Math.floor(from / grid.cols) + Math.floor((y % TOKEN) / LATENT)
      return colourAt(channel, row, 2 * (from % grid.cols) + Math.floor((x % TOKEN) / LATENT))
    })
    expect(pixels).toHaveLength(photo.pixels.length)
    expect(maxDifference(pixels, wanted)).toBeLessThan(TOLERANCE)
  })

  test('a thumbnail of the reference has the colours of the photo', async () => {
    const reference = await backbone.encode(photo)
    const { rgb, ...shown } = backbone.previews(reference, photo)(reference)
    expect(shown).toEqual({ width: latentsWide, height: 2 * grid.rows })
    const wanted = rgb.map((_, i) => {
      const at = Math.floor(i / 3)
      const value = colourAt(i % 3, Math.floor(at / latentsWide), at % latentsWide)
      return Math.round(127.5 * (value + 1))
    })
    // The fit is regularised: two of 256 levels.
    expect(maxDifference(rgb, wanted)).toBeLessThanOrEqual(2)
  })
})

describe('bugs of the transformer each break the copy', () => {
  const config = Flux2Config.parse(analyticConfig)
  const grid = { rows: 4, cols: 6 }
  const tensors = analyticTensors()

  /** The transformer with bent weights; only those that differ are written. */
  async function sessionOf(bend: (tensor: NamedTensor) => NamedTensor): Promise<Session> {
    const right = await readSafetensors(
      join(folder, 'transformer', 'diffusion_pytorch_model.safetensors'),
    )
    const bent = tensors.map(bend)
    const file = join(folder, 'bent.safetensors')
    const changed = bent.filter(({ data }, i) => data !== tensors[i]?.data)
    await writeFile(file, writeSafetensors(changed))
    const written = await readSafetensors(file)
    const stored = bent.map(({ name }, i): [string, ExternalTensor] => [
      name,
      written.get(name) ?? (right.get(tensors[i]?.name ?? '') as ExternalTensor),
    ])
    return load(flux2Graph(config, new Map(stored), 'F32'))
  }

  /** The error of the x0 prediction of one step without control. */
  async function copyError(session: Session, positions: Positions, text: Tensor): Promise<number> {
    const control = identityControl(24)
    const reference = referenceLatents(24, backbone)
    const latents = gaussianNoise(9, reference.length)
    const sigma = 0.6
    const { outputs } = await session.run({
      reference: floats(reference, 24, config.in_channels),
      text,
      ...controlInputs(positions, { grid, control }, text.dims[0] as number),
      ...stepInputs(control, { latents, sigma, lambda: 0 }, 'F32'),
    })
    const velocity = outputs.velocity?.data as Float32Array
    const predicted = latents.map((value, i) => value - sigma * (velocity[i] as number))
    return maxDifference(predicted, reference)
  }

  test.each(weightBugs)('%s', async (_, bend) => {
    const session = await sessionOf(bend)
    const error = await copyError(session, flux2Positions(config), emptyText(8))
    expect(error).toBeGreaterThan(100 * TOLERANCE)
  })

  test('wrong positions, in a graph that has no error with the right ones', async () => {
    const session = await sessionOf((tensor) => tensor)
    const text = emptyText(512)
    expect(await copyError(session, flux2Positions(config), text)).toBeLessThan(TOLERANCE)
    for (const [name, positions] of positionBugs)
      expect(await copyError(session, positions(config), text), name).toBeGreaterThan(
        100 * TOLERANCE,
      )
  })
})

test('three slow cosines make a constant without a bias', () => {
  for (let t = 0; t <= 1; t += 0.01) {
    const sum = slowCosines().reduce((all, { feature, weight }) => {
      const frequency = 1000 * 10_000 ** (-feature / (TIME_FEATURES / 2))
      return all + weight * Math.cos(frequency * t)
    }, 0)
    expect(Math.abs(sum - 1)).toBeLessThan(1e-7)
  }
})
