/** The transformers that are measured, at three sizes: their graphs and inputs, here and in diffusers. */

import { Flux1Config } from '../../../gpu-worker/backbones/flux1/config.ts'
import {
  constantInputs as flux1Inputs,
  flux1Positions,
} from '../../../gpu-worker/backbones/flux1/inputs.ts'
import { flux1Graph } from '../../../gpu-worker/backbones/flux1/transformer.ts'
import { flux2Schedule } from '../../../gpu-worker/backbones/flux2/schedule.ts'
import { Flux2Config } from '../../../gpu-worker/backbones/flux2/transformer/config.ts'
import { flux2Graph } from '../../../gpu-worker/backbones/flux2/transformer/graph.ts'
import {
  constantInputs as flux2Inputs,
  flux2Positions,
} from '../../../gpu-worker/backbones/flux2/transformer/inputs.ts'
import { LongcatConfig } from '../../../gpu-worker/backbones/longcat/transformer/config.ts'
import { longcatGraph } from '../../../gpu-worker/backbones/longcat/transformer/graph.ts'
import {
  constantInputs as longcatInputs,
  longcatPositions,
} from '../../../gpu-worker/backbones/longcat/transformer/inputs.ts'
import type { Tensors } from '../../../gpu-worker/backbones/parts/component.ts'
import type { ComputeType } from '../../../gpu-worker/backbones/parts/emitter.ts'
import type { Positions } from '../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { shiftOf } from '../../../gpu-worker/backbones/parts/shift.ts'
import type { GraphOptions } from '../../../gpu-worker/backbones/parts/transformer.ts'
import { floats, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import type { Control } from '../../../gpu-worker/sampler/control.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import { shiftedSchedule } from '../../../gpu-worker/sampler/schedule.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import {
  releasedKlein4b,
  releasedKlein9b,
  releasedLongcat,
  releasedTransformer,
} from '../../fixtures/released.ts'

/** A transformer at some size. `config` is the one of `diffusersClass`. */
export type Model = {
  readonly name: string
  readonly diffusersClass: string
  readonly config: Readonly<Record<string, unknown>>
  readonly textTokens: number
  readonly grid: TokenGrid
  readonly features: number
  readonly heads: number
  readonly positions: Positions
  /** Guidance of a distilled model. */
  readonly guidance: number | null
  /** The noise levels of an edit, for the model's usual number of steps. */
  readonly sigmas: readonly number[]
  readonly graph: (tensors: Tensors, compute: ComputeType, options?: GraphOptions) => Uint8Array
  /** Encoded text [T, joint] and, for FLUX.1, the pooled vector [1, pooled]. */
  readonly text: { readonly tokens: Tensor; readonly pooled: Tensor | null }
  /** The graph's inputs that stay the same during a run. */
  readonly constant: (
    run: { readonly reference: Float32Array; readonly control: Control },
    compute: ComputeType,
  ) => Record<string, Tensor>
}

/**
 * `full`: as released, 1024 x 1024 pixels. `small`: narrower and fewer blocks in about the same ratio,
 * 512 x 512, for a CPU. `toy`: a second.
 */
export const sizes = ['toy', 'small', 'full'] as const
export type Size = (typeof sizes)[number]

type Blocks = readonly [double: number, single: number]

/** Blocks of a small model, in about the ratio of the released one. */
const SMALL: Readonly<Record<string, Blocks>> = {
  flux1: [4, 8],
  'klein-4b': [3, 12],
  'klein-9b': [3, 9],
  longcat: [3, 6],
}

const TEXT: Record<Size, number> = { toy: 16, small: 128, full: 512 }
const SIDE: Record<Size, number> = { toy: 8, small: 32, full: 64 }

type Released = {
  readonly num_layers: number
  readonly num_single_layers: number
  readonly joint_attention_dim: number
  readonly in_channels: number
}

/** The released config, or the same with fewer and narrower blocks. */
function configOf<Config extends Released>(name: string, released: Config, size: Size): Config {
  if (size === 'full') return released
  const toy = size === 'toy'
  const [double, single] = toy ? [1, 2] : (SMALL[name] as Blocks)
  return {
    ...released,
    num_layers: double,
    num_single_layers: single,
    num_attention_heads: toy ? 2 : 6,
    joint_attention_dim: toy ? 64 : 4096,
    ...('pooled_projection_dim' in released && { pooled_projection_dim: toy ? 32 : 768 }),
  }
}

const noise = (seed: number, ...dims: [number, number]) =>
  floats(gaussianNoise(seed, dims[0] * dims[1]), ...dims)

function common(
  config: Released & { readonly num_attention_heads: number },
  size: Size,
  side = SIDE[size],
) {
  const grid = { rows: side, cols: side }
  return {
    config,
    grid,
    textTokens: TEXT[size],
    features: config.in_channels,
    heads: config.num_attention_heads,
    text: { tokens: noise(1, TEXT[size], config.joint_attention_dim), pooled: null },
  }
}

/** Of FLUX.1's scheduler, and of LongCat's. */
const FLUX1_SHIFT = {
  base_shift: 0.5,
  max_shift: 1.15,
  base_image_seq_len: 256,
  max_image_seq_len: 4096,
}

function flux1(size: Size, side?: number): Model {
  const config = configOf('flux1', releasedTransformer, size)
  const parsed = Flux1Config.parse(config)
  const pooled = noise(2, 1, parsed.pooled_projection_dim)
  const shared = common(config, size, side)
  const conditioning = { tokens: shared.text.tokens, pooled }
  return {
    ...shared,
    name: 'flux1',
    diffusersClass: 'FluxTransformer2DModel',
    positions: flux1Positions(parsed),
    guidance: 3,
    sigmas: shiftedSchedule(28, shiftOf(shared.grid.rows * shared.grid.cols, FLUX1_SHIFT)),
    graph: (tensors, compute, options) => flux1Graph(parsed, tensors, compute, options),
    text: conditioning,
    constant: (run, compute) =>
      flux1Inputs(parsed, { ...run, grid: shared.grid, guidance: 3, conditioning }, compute),
  }
}

function klein(name: string, released: typeof releasedKlein4b, size: Size, side?: number): Model {
  const config = configOf(name, released, size)
  const parsed = Flux2Config.parse(config)
  const shared = common(config, size, side)
  const run = { grid: shared.grid, guidance: null, conditioning: shared.text.tokens }
  return {
    ...shared,
    name,
    diffusersClass: 'Flux2Transformer2DModel',
    positions: flux2Positions(parsed),
    guidance: null,
    sigmas: flux2Schedule(4, shared.grid.rows * shared.grid.cols),
    graph: (tensors, compute, options) => flux2Graph(parsed, tensors, compute, options),
    constant: (own) => flux2Inputs(parsed, { ...run, ...own }),
  }
}

function longcat(size: Size, side?: number): Model {
  const config = configOf('longcat', releasedLongcat, size)
  const parsed = LongcatConfig.parse(config)
  const shared = common(config, size, side)
  const run = { grid: shared.grid, guidance: null, conditioning: shared.text.tokens }
  return {
    ...shared,
    name: 'longcat',
    diffusersClass: 'LongCatImageTransformer2DModel',
    positions: longcatPositions(parsed, shared.textTokens),
    guidance: null,
    sigmas: shiftedSchedule(50, shiftOf(shared.grid.rows * shared.grid.cols, FLUX1_SHIFT)),
    graph: (tensors, compute, options) => longcatGraph(parsed, tensors, compute, options),
    constant: (own) => longcatInputs(parsed, { ...run, ...own }),
  }
}

/** All by name; `side`: tokens on each side of the picture, the size's own if undefined. */
export const models: Readonly<Record<string, (size: Size, side?: number) => Model>> = {
  flux1,
  'klein-4b': (size, side) => klein('klein-4b', releasedKlein4b, size, side),
  'klein-9b': (size, side) => klein('klein-9b', releasedKlein9b, size, side),
  longcat,
}
