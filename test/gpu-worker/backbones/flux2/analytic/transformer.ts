/**
 * Computed weights of a FLUX.2-shaped transformer that copies the tokens it attends to: the blocks of
 * the embedded backbones (copying-blocks.ts) without biases, with a modulation that all blocks share,
 * and with SwiGLU. docs/parity.md says why each of these is no obstacle.
 */

import { expectedTensors } from '../../../../../gpu-worker/backbones/check.ts'
import {
  type CopyingBlock,
  CopyingBlocks,
} from '../../../../../gpu-worker/backbones/embedded/copying-blocks.ts'
import { inverseTime } from '../../../../../gpu-worker/backbones/embedded/inverse-time.ts'
import { Matrix } from '../../../../../gpu-worker/backbones/embedded/matrix.ts'
import { flux2Transformer } from '../../../../../gpu-worker/backbones/flux2/transformer/component.ts'
import {
  Flux2Config,
  widthsOf,
} from '../../../../../gpu-worker/backbones/flux2/transformer/config.ts'
import { TIME_FEATURES } from '../../../../../gpu-worker/backbones/parts/sequence/time-features.ts'
import type { NamedTensor } from '../../../../../gpu-worker/checkpoint/safetensors.ts'
import { elementCount } from '../../../../../gpu-worker/onnx/tensor.ts'

/** FLUX.2's heads and axes as released, two heads of them; four latent channels, packed 2x2. */
export const analyticConfig = {
  _class_name: 'Flux2Transformer2DModel',
  in_channels: 16,
  num_layers: 1,
  num_single_layers: 2,
  attention_head_dim: 128,
  num_attention_heads: 2,
  // Three states of the golden Qwen3.
  joint_attention_dim: 48,
  mlp_ratio: 1 / 16,
  axes_dims_rope: [32, 32, 32, 32],
  guidance_embeds: false,
}

/** FLUX.2's base of the rotation, and the reference's image id. */
const THETA = 2000
const REFERENCE_ID = 10
/** The pair of the image axis that turns by nearly a quarter from id 0 to 10: 10 * 2000^(-1/4) = 1.495. */
const IMAGE_PAIR = 4
/** Latent channels that the fill uses: the three colours. */
const COLOURS = [0, 1, 2]

/** Tokens of a prompt with padding; all of them are the sink. */
const TEXT_TOKENS = 512

/**
 * Pairs of rows of the time embedding, y and -y. The modulations' SiLU does not bend them, because
 * `SiLU(y) - SiLU(-y) = y`.
 */
const INVERSE_TIME = 0
const ONE = 2

/** Cosines of the time features, slow enough to be nearly 1. */
const SLOW = [127, 120, 112]
/** Argument of a SiLU that is linear there, to 2e-9. */
const LINEAR = 20

/** The tensors, by name, in diffusers' layout. What is not set here is zero. */
export function analyticTensors(): NamedTensor[] {
  const config = Flux2Config.parse(analyticConfig)
  const { model: d, mlp, head, heads } = widthsOf(config)
  const axis = (index: number) => index * 32
  const blocks = new CopyingBlocks({
    channels: config.in_channels,
    heads,
    head,
    mlp,
    theta: THETA,
    image: { first: 2 * IMAGE_PAIR, turn: REFERENCE_ID * THETA ** (-IMAGE_PAIR / 16) },
    spatial: [
      { first: axis(1), dims: 32 },
      { first: axis(2), dims: 32 },
    ],
    kernelDims: 32,
    copyPairs: 8,
    // The slowest pairs of the image axis, and two of the text's, which no picture turns.
    still: { free: 2 * 15, gate: 2 * 14, queryDump: axis(3), keyDump: axis(3) + 2 },
    textTokens: TEXT_TOKENS,
    dcChannels: COLOURS,
  })

  const set = new Map<string, Matrix>([
    ['x_embedder', blocks.embedding()],
    ...timeEmbedder(d),
    ['single_stream_modulation.linear', constant(3 * d, d, range(2 * d, 3 * d))],
    ['norm_out.linear', modulated(2 * d, d, range(0, d), INVERSE_TIME)],
    ['proj_out', blocks.difference()],
  ])
  for (const [stream, ff, flag] of [
    ['img', 'ff', blocks.image],
    ['txt', 'ff_context', blocks.text],
  ] as const) {
    // The rows are shift, scale and gate of the attention, and then of the MLP: its input is a shift of one
    // channel, all of its output counts, and the attention's nothing.
    const rows = [3 * d + flag, ...range(5 * d, 6 * d)]
    set.set(`double_stream_modulation_${stream}.linear`, constant(6 * d, d, rows))
    const [linearIn, linearOut] = constantMlp(blocks, flag, mlp)
    set.set(`transformer_blocks.0.${ff}.linear_in`, linearIn)
    set.set(`transformer_blocks.0.${ff}.linear_out`, linearOut)
  }
  const norms = new Map<string, number>()
  for (const [i, block] of [blocks.copy(), blocks.fill()].entries()) {
    const attn = `single_transformer_blocks.${i}.attn`
    set.set(`${attn}.to_qkv_mlp_proj`, fused(block, mlp)).set(`${attn}.to_out`, block.out)
    for (const norm of ['norm_q', 'norm_k']) norms.set(`${attn}.${norm}.weight`, blocks.qkNorm)
  }
  return namesOf(config, d).map(([name, dims]) => {
    const matrix = set.get(name.replace(/\.weight$/, ''))
    if (matrix !== undefined && String(matrix.dims) !== String(dims))
      throw new Error(`${name} is [${matrix.dims}], should be [${dims}]`)
    const zeros = () => new Float32Array(elementCount(dims)).fill(norms.get(name) ?? 0)
    return { name, dims, data: matrix?.data ?? zeros() }
  })
}

/** Names and shapes as they are released, where the last modulation is one layer. */
function namesOf(config: Flux2Config, d: number): [string, readonly number[]][] {
  const all = [...expectedTensors(flux2Transformer, config)].filter(
    ([name]) => !name.startsWith('norm_out.'),
  )
  return [
    ...all.map(([name, { dims }]) => [name, dims] as [string, readonly number[]]),
    ['norm_out.linear.weight', [2 * d, d]],
  ]
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** A modulation whose rows are a number of the time embedding, and 0 elsewhere. */
function modulated(rows: number, d: number, some: readonly number[], pair: number): Matrix {
  const weight = new Matrix(rows, d)
  for (const row of some) weight.set(row, pair, 1).set(row, pair + 1, -1)
  return weight
}

function constant(rows: number, d: number, some: readonly number[]): Matrix {
  return modulated(rows, d, some, ONE)
}

/**
 * Without biases, a constant is the cosine of frequency 0. It is extrapolated from three slow cosines,
 * as a polynomial in the square of the frequency (Lagrange): the rest is below `t^6 product(w^2) / 720` =
 * 5e-8.
 */
export function slowCosines(): { readonly feature: number; readonly weight: number }[] {
  const square = (feature: number) => (1000 * 10_000 ** (-feature / (TIME_FEATURES / 2))) ** 2
  return SLOW.map((feature) => ({
    feature,
    weight: SLOW.filter((other) => other !== feature).reduce(
      (product, other) => (product * square(other)) / (square(other) - square(feature)),
      1,
    ),
  }))
}

/** Two layers whose output is `1/t - 1`, its negative, 1 and -1. */
function timeEmbedder(d: number): [string, Matrix][] {
  const { places, weights, bias, featureScale } = inverseTime()
  const ones = slowCosines()
  const first = new Matrix(d, TIME_FEATURES)
  const second = new Matrix(d, d)
  places.forEach((place, k) => {
    for (const { feature, weight } of ones) first.set(k, feature, 5 * weight)
    first.set(k, TIME_FEATURES - 1, (-5 * featureScale) / place)
    for (const [row, sign] of signed(INVERSE_TIME))
      second.set(row, k, sign * (weights[k] as number))
  })
  const last = places.length
  for (const { feature, weight } of ones) first.set(last, feature, LINEAR * weight)
  for (const [row, sign] of signed(INVERSE_TIME))
    second.set(row, last, (sign * (bias - 1)) / LINEAR)
  for (const [row, sign] of signed(ONE)) second.set(row, last, sign / LINEAR)
  const name = 'time_guidance_embed.timestep_embedder'
  return [
    [`${name}.linear_1`, first],
    [`${name}.linear_2`, second],
  ]
}

const signed = (pair: number) =>
  [
    [pair, 1],
    [pair + 1, -1],
  ] as const

/**
 * The MLP of a stream as a bias: it reads the channel of the flag, which is 0 in every token and 1 by the
 * shift, and adds what tokens of its type have. `SiLU(20) * 1` is 20.
 */
function constantMlp(blocks: CopyingBlocks, flag: number, mlp: number): [Matrix, Matrix] {
  const linearIn = new Matrix(2 * mlp, blocks.width).set(0, flag, LINEAR).set(mlp, flag, 1)
  const linearOut = new Matrix(blocks.width, mlp)
  for (const [channel, value] of blocks.typed(flag)) linearOut.set(channel, 0, value / LINEAR)
  return [linearIn, linearOut]
}

/** Queries, keys, values and an MLP of zeros, below one another. */
function fused({ query, key, value }: CopyingBlock, mlp: number): Matrix {
  const [d] = query.dims
  const all = new Matrix(3 * d + 2 * mlp, d)
  all.data.set(query.data, 0)
  all.data.set(key.data, d * d)
  all.data.set(value.data, 2 * d * d)
  return all
}
