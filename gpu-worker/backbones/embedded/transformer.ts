/**
 * Computes the weights of a FLUX.1-shaped transformer that copies the tokens it attends to
 * (copying-blocks.ts): the velocity is `(x_t - x0) / t`. It invents nothing, needs no download, and its
 * results have a closed form, so that it serves as demo and as test oracle.
 */

import type { NamedTensor } from '../../checkpoint/safetensors.ts'
import type { Flux1Config } from '../flux1/config.ts'
import { FLUX1_THETA } from '../flux1/inputs.ts'
import { TIME_FEATURES } from '../parts/sequence/time-features.ts'
import { widthsOf } from '../parts/transformer.ts'
import { type CopyingBlock, CopyingBlocks } from './copying-blocks.ts'
import { inverseTime } from './inverse-time.ts'
import { Matrix } from './matrix.ts'

/** Text tokens, all zeros: the sink of queries that find nothing. */
export const TEXT_TOKENS = 8

export class AnalyticTransformer {
  readonly #config: Flux1Config
  readonly #blocks: CopyingBlocks
  readonly #c: number
  readonly #d: number
  readonly #mlp: number
  readonly #tensors: NamedTensor[] = []

  constructor(config: Flux1Config, dcChannels: readonly number[]) {
    const widths = widthsOf(config)
    const [first, rows, cols] = config.axes_dims_rope
    this.#config = config
    this.#c = config.in_channels
    this.#d = widths.model
    this.#mlp = widths.mlp
    this.#blocks = new CopyingBlocks({
      channels: this.#c,
      heads: config.num_attention_heads,
      head: widths.head,
      mlp: this.#mlp,
      theta: FLUX1_THETA,
      // The fastest pair: the reference's image id is 1, the target's 0.
      image: { first: 0, turn: 1 },
      spatial: [
        { first, dims: rows },
        { first: first + rows, dims: cols },
      ],
      kernelDims: 64,
      copyPairs: 14,
      // The slow pairs of the image axis.
      still: { free: 2 * 4, gate: 2 * 5, queryDump: 2 * 6, keyDump: 2 * 7 },
      textTokens: TEXT_TOKENS,
      dcChannels,
    })
  }

  tensors(): readonly NamedTensor[] {
    this.#embedders()
    this.#timeEmbedder()
    this.#neutralDoubleBlock('transformer_blocks.0')
    this.#singleBlock('single_transformer_blocks.0', this.#blocks.copy())
    this.#singleBlock('single_transformer_blocks.1', this.#blocks.fill())
    this.#finalLayer()
    return this.#tensors
  }

  #linear(
    name: string,
    weight: Matrix,
    bias: Float32Array = new Float32Array(weight.dims[0]),
  ): void {
    this.#tensors.push({ name: `${name}.weight`, dims: weight.dims, data: weight.data })
    this.#tensors.push({ name: `${name}.bias`, dims: [weight.dims[0]], data: bias })
  }

  #zeros(name: string, rows: number, cols: number): void {
    this.#linear(name, new Matrix(rows, cols))
  }

  #embedders(): void {
    const { image, text } = this.#blocks
    this.#linear('x_embedder', this.#blocks.embedding(), this.#typeBias(image))
    this.#linear(
      'context_embedder',
      new Matrix(this.#d, this.#config.joint_attention_dim),
      this.#typeBias(text),
    )
  }

  #typeBias(flag: number): Float32Array {
    const bias = new Float32Array(this.#d)
    for (const [channel, value] of this.#blocks.typed(flag)) bias[channel] = value
    return bias
  }

  /** Row 0 of the embedding becomes 20 + 1/t, large enough for the SiLU after it to be linear. */
  #timeEmbedder(): void {
    const name = 'time_text_embed'
    const { places, weights, bias, featureScale } = inverseTime()
    const hinges = new Matrix(this.#d, TIME_FEATURES)
    const fives = new Float32Array(this.#d)
    const sum = new Matrix(this.#d, this.#d)
    places.forEach((place, k) => {
      hinges.set(k, TIME_FEATURES - 1, (-5 * featureScale) / place)
      fives[k] = 5
      sum.set(0, k, weights[k] as number)
    })
    const twenty = new Float32Array(this.#d)
    twenty[0] = 20 + bias
    this.#linear(`${name}.timestep_embedder.linear_1`, hinges, fives)
    this.#linear(`${name}.timestep_embedder.linear_2`, sum, twenty)
    this.#zeros(`${name}.text_embedder.linear_1`, this.#d, this.#config.pooled_projection_dim)
    this.#zeros(`${name}.text_embedder.linear_2`, this.#d, this.#d)
  }

  /** Gates of 0: an exact identity, needed only for FLUX.1's shape. */
  #neutralDoubleBlock(name: string): void {
    const d = this.#d
    for (const norm of ['norm1', 'norm1_context']) this.#zeros(`${name}.${norm}.linear`, 6 * d, d)
    for (const key of [
      'to_q',
      'to_k',
      'to_v',
      'add_q_proj',
      'add_k_proj',
      'add_v_proj',
      'to_out.0',
      'to_add_out',
    ])
      this.#zeros(`${name}.attn.${key}`, d, d)
    for (const key of ['norm_q', 'norm_k', 'norm_added_q', 'norm_added_k'])
      this.#qkNorm(`${name}.attn.${key}`, 1)
    for (const ff of ['ff', 'ff_context']) {
      this.#zeros(`${name}.${ff}.net.0.proj`, this.#mlp, d)
      this.#zeros(`${name}.${ff}.net.2`, d, this.#mlp)
    }
  }

  #qkNorm(name: string, weight: number): void {
    const { attention_head_dim: head } = this.#config
    this.#tensors.push({
      name: `${name}.weight`,
      dims: [head],
      data: new Float32Array(head).fill(weight),
    })
  }

  #singleBlock(name: string, { query, key, value, out }: CopyingBlock): void {
    const d = this.#d
    this.#linear(`${name}.attn.to_q`, query)
    this.#qkNorm(`${name}.attn.norm_q`, this.#blocks.qkNorm)
    this.#linear(`${name}.attn.to_k`, key)
    this.#qkNorm(`${name}.attn.norm_k`, this.#blocks.qkNorm)
    const gate = new Float32Array(3 * d).fill(1, 2 * d)
    this.#linear(`${name}.norm.linear`, new Matrix(3 * d, d), gate)
    this.#linear(`${name}.attn.to_v`, value)
    this.#zeros(`${name}.proj_mlp`, this.#mlp, d)
    this.#linear(`${name}.proj_out`, out)
  }

  /** 1 + scale = 1/t, and the velocity is (X - Y) / t. */
  #finalLayer(): void {
    const d = this.#d
    const modulation = new Matrix(2 * d, d)
    const bias = new Float32Array(2 * d)
    for (let i = 0; i < d; i++) {
      modulation.set(i, 0, 1)
      bias[i] = -21
    }
    this.#linear('norm_out.linear', modulation, bias)
    this.#linear('proj_out', this.#blocks.difference())
  }
}
