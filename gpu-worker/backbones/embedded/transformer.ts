/**
 * Computes the weights of a FLUX.1-shaped transformer that copies the tokens it attends to. Each
 * target token finds the reference token at its own position, and the velocity is `(x_t - x0) / t`;
 * a second single block fills tokens that found nothing with a smooth mean of their neighbours. It
 * invents nothing, needs no download, and its results have a closed form, so that it serves as demo
 * and as test oracle. Float32 only (logits of 800, channels of 16384).
 */

import type { NamedTensor } from '../../checkpoint/safetensors.ts'
import type { Flux1Config } from '../flux1/config.ts'
import { FLUX1_THETA } from '../flux1/inputs.ts'
import { TIME_FEATURES } from '../parts/sequence/time-features.ts'
import { widthsOf } from '../parts/transformer.ts'
import { inverseTime } from './inverse-time.ts'
import { Matrix, Sparse } from './matrix.ts'

/** Constant that pins the LayerNorm's standard deviation: `LN(x) = x / s0` up to `|x|^2 / CB^2`. */
const CB = 16384
/** Norm of every query and key, so that the QK-norm has no effect. */
const QK_NORM = 128
/** Logit by which axis 0 (image index) separates target from reference keys: A0 sin 1 = 50.5. */
const A0 = 60
/** Pairs of each spatial axis in the copy kernel, and the drop of its logit one token away. */
const COPY_PAIRS = 14
const COPY_DROP = 28
/** Text tokens, all zeros: the sink of queries that find nothing. */
export const TEXT_TOKENS = 8
/** Standard deviation of the fill, in tokens. */
const FILL_SIGMA = 2.5
const FILL_PAIRS = { above: 0.03, below: 0.08 }

/**
 * Pairs of axis 0 whose angle has no effect: one dimension each for a free product, the gate of the
 * fill, and the padding of the norms.
 */
const FREE = 2 * 4
const GATE = 2 * 5
const Q_DUMP = 2 * 6
const K_DUMP = 2 * 7

export class AnalyticTransformer {
  readonly #config: Flux1Config
  readonly #dcChannels: readonly number[]
  readonly #c: number
  readonly #d: number
  readonly #mlp: number
  readonly #s0: number
  readonly #tensors: NamedTensor[] = []
  /**
   * Residual channels: X 0..c-1, Y c..2c-1, then found flag, image flag, text flag, +CB, -CB, and
   * minus the sum of all others.
   */
  readonly #m: number
  readonly #image: number
  readonly #text: number
  readonly #plus: number
  readonly #minus: number
  readonly #z: number

  constructor(config: Flux1Config, dcChannels: readonly number[]) {
    const widths = widthsOf(config)
    this.#config = config
    this.#dcChannels = dcChannels
    this.#c = config.in_channels
    this.#d = widths.model
    this.#mlp = widths.mlp
    this.#s0 = CB * Math.sqrt(2 / this.#d)
    const first = 2 * this.#c
    this.#m = first
    this.#image = first + 1
    this.#text = first + 2
    this.#plus = first + 3
    this.#minus = first + 4
    this.#z = first + 5
    if (this.#z >= this.#d) throw new Error(`width ${this.#d} is too small for ${this.#c} channels`)
  }

  tensors(): readonly NamedTensor[] {
    this.#embedders()
    this.#timeEmbedder()
    this.#neutralDoubleBlock('transformer_blocks.0')
    this.#copyBlock('single_transformer_blocks.0')
    this.#fillBlock('single_transformer_blocks.1')
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
    const image = new Matrix(this.#d, this.#c)
    for (let i = 0; i < this.#c; i++) image.set(i, i, 1).set(this.#z, i, -1)
    this.#linear('x_embedder', image, this.#typeBias(this.#image))
    this.#linear(
      'context_embedder',
      new Matrix(this.#d, this.#config.joint_attention_dim),
      this.#typeBias(this.#text),
    )
  }

  /** The flags of a token's type, and the constants that make LayerNorm linear. */
  #typeBias(flag: number): Float32Array {
    const bias = new Float32Array(this.#d)
    bias[flag] = 1
    bias[this.#plus] = CB
    bias[this.#minus] = -CB
    bias[this.#z] = -1
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
    this.#tensors.push({
      name: `${name}.weight`,
      dims: [this.#d],
      data: new Float32Array(this.#d).fill(weight),
    })
  }

  /**
   * First dimension of pair `j` of a spatial axis (1 row, 2 col). Wider axes use every n-th pair,
   * so that the kernels stay the same.
   */
  #spatial(axis: 1 | 2, j: number): number {
    const [first, rows, cols] = this.#config.axes_dims_rope
    const dim = axis === 1 ? rows : cols
    return first + (axis === 2 ? rows : 0) + 2 * j * (dim / 64)
  }

  /**
   * Target queries find the reference key at their position, reference queries find themselves, and
   * queries without a matching key find the text.
   */
  #copyBlock(name: string): void {
    let drop = 0
    for (let j = 0; j < COPY_PAIRS; j++) drop += 1 - Math.cos(frequency(j))
    const a = COPY_DROP / drop
    const pairs = Array.from({ length: COPY_PAIRS }, (_, j) => ({ j, a }))
    const sink = 2 * COPY_PAIRS * a + A0 * Math.sin(1) - (14 + Math.log(TEXT_TOKENS / 8))
    const free = Math.sqrt(sink)
    const { query, key } = this.#kernel(pairs, 1)
    const queryImage = query.set(FREE, free)
    this.#projectQk(name, 'to_q', 'norm_q', queryImage, new Sparse().set(FREE, free), Q_DUMP)
    this.#projectQk(name, 'to_k', 'norm_k', key, this.#axis0Key(1).set(FREE, free), K_DUMP)

    const value = new Matrix(this.#d, this.#d)
    const out = new Matrix(this.#d, this.#d + this.#mlp)
    const carry = (row: number, from: number, to: number) => {
      value.set(row, from, this.#s0)
      out.set(to, row, 1).set(this.#z, row, -1)
    }
    for (let i = 0; i < this.#c; i++) carry(i, i, this.#c + i)
    carry(this.#c, this.#image, this.#m)
    this.#finishSingle(name, value, out)
  }

  /**
   * Tokens that found nothing take the Gaussian mean of the found tokens around them, in the
   * autoencoder's constant channels only.
   */
  #fillBlock(name: string): void {
    const usable = Array.from({ length: 32 }, (_, j) => j).filter(
      (j) => frequency(j) > FILL_PAIRS.above && frequency(j) < FILL_PAIRS.below,
    )
    const pairs = usable.map((j) => ({
      j,
      a: 1 / (FILL_SIGMA ** 2 * frequency(j) ** 2 * usable.length),
    }))
    const base = 2 * pairs.reduce((sum, { a }) => sum + a, 0)
    const sink = base + 24 - 10
    const free = Math.sqrt(sink)
    const { query, key } = this.#kernel(pairs, -1)
    // Found tokens (m = 1) attend to the sink and add nothing; for the others the sink is too weak.
    this.#projectQk(
      name,
      'to_q',
      'norm_q',
      query.set(FREE, free).set(GATE, -5),
      new Sparse().set(FREE, free),
      Q_DUMP,
      [GATE, 10],
    )
    const textKey = this.#axis0Key(-1).set(FREE, free).set(GATE, 10)
    this.#projectQk(name, 'to_k', 'norm_k', key, textKey, K_DUMP, [FREE, 24 / free])

    const value = new Matrix(this.#d, this.#d)
    const out = new Matrix(this.#d, this.#d + this.#mlp)
    this.#dcChannels.forEach((channel, row) => {
      for (let phase = 0; phase < 4; phase++) {
        value.set(row, this.#c + 4 * channel + phase, this.#s0 / 4)
        out.set(this.#c + 4 * channel + phase, row, 1)
      }
      out.set(this.#z, row, -4)
    })
    this.#finishSingle(name, value, out)
  }

  /**
   * Queries and keys of image tokens: `sum a cos(w delta)` over both spatial axes, `sign A0
   * sin(delta)` over the image index.
   */
  #kernel(
    pairs: readonly { j: number; a: number }[],
    sign: 1 | -1,
  ): { query: Sparse; key: Sparse } {
    const query = new Sparse().set(0, Math.sqrt(A0))
    const key = this.#axis0Key(sign)
    for (const axis of [1, 2] as const) {
      for (const { j, a } of pairs) {
        query.set(this.#spatial(axis, j), Math.sqrt(a))
        key.set(this.#spatial(axis, j), Math.sqrt(a))
      }
    }
    return { query, key }
  }

  #axis0Key(sign: 1 | -1): Sparse {
    return new Sparse().set(1, -sign * Math.sqrt(A0))
  }

  /**
   * A projection that depends only on the token's type (and, through `byFound` = [dimension,
   * factor], on its found flag), with the norm padded to QK_NORM in a dimension that does not
   * affect the product of queries and keys.
   */
  #projectQk(
    block: string,
    projection: string,
    norm: string,
    image: Sparse,
    text: Sparse,
    dump: number,
    byFound: readonly [number, number] | null = null,
  ): void {
    const weight = new Matrix(this.#d, this.#d)
    const write = (column: number, vector: Sparse) => {
      for (const [dimension, value] of vector.toppedUp(dump, QK_NORM))
        weight.set(dimension, column, value * this.#s0)
    }
    write(this.#image, image)
    write(this.#text, text)
    if (byFound !== null) weight.set(byFound[0], this.#m, byFound[1] * this.#s0)
    this.#linear(`${block}.attn.${projection}`, weight)
    // RMSNorm times this weight multiplies a vector of norm QK_NORM by d^(1/4): with attention's
    // 1/sqrt(d), logits are plain products.
    this.#qkNorm(`${block}.attn.${norm}`, QK_NORM * this.#d ** -0.25)
  }

  #finishSingle(name: string, value: Matrix, out: Matrix): void {
    const d = this.#d
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
    const out = new Matrix(this.#c, d)
    for (let i = 0; i < this.#c; i++) out.set(i, i, this.#s0).set(i, this.#c + i, -this.#s0)
    this.#linear('proj_out', out)
  }
}

/** Angle per token of pair `j` of an axis of 64 dimensions. */
function frequency(j: number): number {
  return FLUX1_THETA ** ((-2 * j) / 64)
}
