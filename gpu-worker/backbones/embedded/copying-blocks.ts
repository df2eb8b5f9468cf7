/**
 * Two single-stream blocks that copy tokens instead of computing them, as matrices: the copy, by which
 * each target token finds the reference token at its own position, and the fill, by which tokens that
 * found nothing take a smooth mean of their neighbours. Knows the residual channels, heads and rotation
 * of a shape, but no tensor names. Float32 only (logits of hundreds, channels of 16384).
 */

import { Matrix, Sparse } from './matrix.ts'

/** Constant that pins the LayerNorm's standard deviation: `LN(x) = x / s0` up to `|x|^2 / CB^2`. */
export const CB = 16384
/** Norm of every query and key, so that the QK-norm has no effect. */
const QK_NORM = 128
/** Logit by which the image axis separates target from reference keys, times the sine of its turn. */
const A0 = 60
/** Drop of the copy kernel's logit one token away. */
const COPY_DROP = 28
/** By how much a found key beats the sink, as a logit, with 8 tokens of text. */
const SINK_MARGIN = 14
/** Standard deviation of the fill, in tokens. */
const FILL_SIGMA = 2.5
const FILL_PAIRS = { above: 0.03, below: 0.08 }

/** What the blocks need to know of a transformer. */
export type CopyShape = {
  /** Features of a token. */
  readonly channels: number
  readonly heads: number
  /** Dimensions of a head. */
  readonly head: number
  /** Width of the MLP, whose half of the output projection stays zero. */
  readonly mlp: number
  /** Base of the rotation. */
  readonly theta: number
  /**
   * A pair of the image axis: its first dimension, and by how much it turns from target to reference.
   * Text has the image id of the target.
   */
  readonly image: { readonly first: number; readonly turn: number }
  /** First dimension and dimensions of the axes of rows and columns. */
  readonly spatial: readonly [Axis, Axis]
  /** The kernels use as many dimensions of each axis as this, evenly spread. */
  readonly kernelDims: number
  /** Pairs of each axis in the copy kernel. */
  readonly copyPairs: number
  /** First dimensions of pairs whose rotation has no effect on products of queries and keys. */
  readonly still: Still
  readonly textTokens: number
  /** The autoencoder's constant channels, which the fill uses. */
  readonly dcChannels: readonly number[]
}

type Axis = { readonly first: number; readonly dims: number }
type Still = {
  /** A free product, the gate of the fill, and what pads the norms of queries and of keys. */
  readonly free: number
  readonly gate: number
  readonly queryDump: number
  readonly keyDump: number
}

/** The matrices of a block, [D, D], but for `out` [D, D + M]. */
export type CopyingBlock = {
  readonly query: Matrix
  readonly key: Matrix
  readonly value: Matrix
  readonly out: Matrix
}

export class CopyingBlocks {
  readonly width: number
  /** What LayerNorm divides by: a weight that reads a channel has this factor. */
  readonly s0: number
  /** Weight of the QK-norm: with attention's 1/sqrt(head), logits are plain products. */
  readonly qkNorm: number
  /**
   * Residual channels: X 0..c-1 (a token's features), Y c..2c-1 (the copied ones), then found flag, image
   * flag, text flag, +CB, -CB, and minus the sum of all others.
   */
  readonly copied: number
  readonly found: number
  readonly image: number
  readonly text: number
  readonly plus: number
  readonly minus: number
  readonly balance: number
  readonly #shape: CopyShape

  constructor(shape: CopyShape) {
    this.#shape = shape
    this.width = shape.heads * shape.head
    this.s0 = CB * Math.sqrt(2 / this.width)
    // RMSNorm times this weight multiplies a vector of norm QK_NORM by head^(1/4).
    this.qkNorm = QK_NORM * shape.head ** -0.25
    this.copied = shape.channels
    this.found = 2 * shape.channels
    this.image = this.found + 1
    this.text = this.found + 2
    this.plus = this.found + 3
    this.minus = this.found + 4
    this.balance = this.found + 5
    if (this.balance >= this.width)
      throw new Error(`width ${this.width} is too small for ${shape.channels} channels`)
  }

  /** Features to X: [D, c]. */
  embedding(): Matrix {
    const { channels } = this.#shape
    const weight = new Matrix(this.width, channels)
    for (let i = 0; i < channels; i++) weight.set(i, i, 1).set(this.balance, i, -1)
    return weight
  }

  /** What a token of a type has besides its features, by channel: its flag, and the constants of LayerNorm. */
  typed(flag: number): readonly (readonly [channel: number, value: number])[] {
    return [
      [flag, 1],
      [this.plus, CB],
      [this.minus, -CB],
      [this.balance, -1],
    ]
  }

  /** `X - Y` from the normed residual: [c, D]. */
  difference(): Matrix {
    const { channels } = this.#shape
    const out = new Matrix(channels, this.width)
    for (let i = 0; i < channels; i++) out.set(i, i, this.s0).set(i, this.copied + i, -this.s0)
    return out
  }

  /**
   * Target queries find the reference key at their position, reference queries find themselves, and
   * queries without a matching key find the text.
   */
  copy(): CopyingBlock {
    const { channels, copyPairs, image, still, textTokens } = this.#shape
    let drop = 0
    for (let j = 0; j < copyPairs; j++) drop += 1 - Math.cos(this.#frequency(j))
    const a = COPY_DROP / drop
    const pairs = Array.from({ length: copyPairs }, (_, j) => ({ j, a }))
    const sink =
      2 * copyPairs * a + A0 * Math.sin(image.turn) - (SINK_MARGIN + Math.log(textTokens / 8))
    const free = Math.sqrt(sink)
    const { query, key } = this.#kernel(pairs, 1)

    const value = new Matrix(this.width, this.width)
    const out = this.#outMatrix()
    const carry = (place: number, from: number, to: number) => {
      const row = this.#valueRow(place)
      value.set(row, from, this.s0)
      out.set(to, row, 1).set(this.balance, row, -1)
    }
    for (let i = 0; i < channels; i++) carry(i, i, this.copied + i)
    carry(channels, this.image, this.found)
    const textQuery = new Sparse().set(still.free, free)
    const textKey = this.#imageAxisKey(1).set(still.free, free)
    return {
      query: this.#projection(query.set(still.free, free), textQuery, still.queryDump),
      key: this.#projection(key, textKey, still.keyDump),
      value,
      out,
    }
  }

  /**
   * Tokens that found nothing take the Gaussian mean of the found tokens around them, in the
   * autoencoder's constant channels only.
   */
  fill(): CopyingBlock {
    const { dcChannels, kernelDims, still } = this.#shape
    const usable = Array.from({ length: kernelDims / 2 }, (_, j) => j).filter(
      (j) => this.#frequency(j) > FILL_PAIRS.above && this.#frequency(j) < FILL_PAIRS.below,
    )
    const pairs = usable.map((j) => ({
      j,
      a: 1 / (FILL_SIGMA ** 2 * this.#frequency(j) ** 2 * usable.length),
    }))
    const base = 2 * pairs.reduce((sum, { a }) => sum + a, 0)
    const free = Math.sqrt(base + 24 - 10)
    const { query, key } = this.#kernel(pairs, -1)

    const value = new Matrix(this.width, this.width)
    const out = this.#outMatrix()
    dcChannels.forEach((channel, place) => {
      const row = this.#valueRow(place)
      for (let phase = 0; phase < 4; phase++) {
        value.set(row, this.copied + 4 * channel + phase, this.s0 / 4)
        out.set(this.copied + 4 * channel + phase, row, 1)
      }
      out.set(this.balance, row, -4)
    })
    // Found tokens (m = 1) attend to the sink and add nothing; for the others the sink is too weak.
    const textQuery = new Sparse().set(still.free, free)
    const textKey = this.#imageAxisKey(-1).set(still.free, free).set(still.gate, 10)
    const gated = query.set(still.free, free).set(still.gate, -5)
    return {
      query: this.#projection(gated, textQuery, still.queryDump, [still.gate, 10]),
      key: this.#projection(key, textKey, still.keyDump, [still.free, 24 / free]),
      value,
      out,
    }
  }

  /** Angle per token of pair `j` of the kernels. */
  #frequency(j: number): number {
    return this.#shape.theta ** ((-2 * j) / this.#shape.kernelDims)
  }

  /**
   * First dimension of the kernels' pair `j` of an axis. Wider axes use every n-th pair, so that the
   * kernels stay the same.
   */
  #spatial({ first, dims }: Axis, j: number): number {
    return first + 2 * j * (dims / this.#shape.kernelDims)
  }

  /**
   * Queries and keys of image tokens: `sum a cos(w delta)` over both spatial axes, `sign A0
   * sin(turn)` over the image index.
   */
  #kernel(
    pairs: readonly { j: number; a: number }[],
    sign: 1 | -1,
  ): { query: Sparse; key: Sparse } {
    const query = new Sparse().set(this.#shape.image.first, Math.sqrt(A0))
    const key = this.#imageAxisKey(sign)
    for (const axis of this.#shape.spatial) {
      for (const { j, a } of pairs) {
        query.set(this.#spatial(axis, j), Math.sqrt(a))
        key.set(this.#spatial(axis, j), Math.sqrt(a))
      }
    }
    return { query, key }
  }

  #imageAxisKey(sign: 1 | -1): Sparse {
    return new Sparse().set(this.#shape.image.first + 1, -sign * Math.sqrt(A0))
  }

  /**
   * A projection that depends only on the token's type (and, through `byFound` = [dimension,
   * factor], on its found flag), the same in every head, with the norm padded to QK_NORM in a dimension
   * that does not affect the product of queries and keys.
   */
  #projection(
    image: Sparse,
    text: Sparse,
    dump: number,
    byFound: readonly [number, number] | null = null,
  ): Matrix {
    const { heads, head } = this.#shape
    const weight = new Matrix(this.width, this.width)
    for (let h = 0; h < heads; h++) {
      for (const [column, vector] of [
        [this.image, image],
        [this.text, text],
      ] as const)
        for (const [dimension, value] of vector.toppedUp(dump, QK_NORM))
          weight.set(h * head + dimension, column, value * this.s0)
      if (byFound !== null) weight.set(h * head + byFound[0], this.found, byFound[1] * this.s0)
    }
    return weight
  }

  /** Values are dealt out to the heads in turn. */
  #valueRow(place: number): number {
    const { heads, head } = this.#shape
    return (place % heads) * head + Math.floor(place / heads)
  }

  #outMatrix(): Matrix {
    return new Matrix(this.width, this.width + this.#shape.mlp)
  }
}
