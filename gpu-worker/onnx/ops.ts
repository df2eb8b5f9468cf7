/**
 * One function per operator, written so that CPU and CUDA both use a fused kernel. Shapes: S
 * tokens, D width, H heads, Dh = D / H. Knows nothing of blocks or checkpoints.
 */

import type { Graph, Value } from './graph.ts'
import { type ElementType, floats, indices, onnxTypes } from './tensor.ts'

const MICROSOFT = 'com.microsoft'

/**
 * `x W^T + b` for a Hugging Face weight [out, in]; x is [S, in]. Gemm reads the weight in place;
 * MatMul would need a transposed copy.
 */
export function linear(g: Graph, x: Value, weight: Value, bias: Value | null): Value {
  return g.node('Gemm', bias === null ? [x, weight] : [x, weight, bias], { transB: 1 })
}

/** A matrix [rows, columns] in blocks: its codes [rows, blocks, bytes], scales [rows, blocks], and form. */
export type BlockWeight = {
  readonly codes: Value
  readonly scales: Value
  readonly rows: number
  readonly columns: number
  readonly bits: number
  readonly size: number
}

/** MatMulNBits's accuracy_level for activations and sums in float32 on a CPU; CUDA does not read it. */
const FLOAT_PRODUCTS = 1

/**
 * As {@link linear}, for a weight in blocks. Products are of floats: int8 products are faster on a CPU,
 * but round activations as well, of which some are far larger than others (docs/benchmarks.md).
 *
 * @param bias of float32: CUDA's operator takes none
 */
export function blockLinear(
  g: Graph,
  x: Value,
  { codes, scales, rows, columns, bits, size }: BlockWeight,
  bias: Value | null,
): Value {
  const inputs = bias === null ? [x, codes, scales] : [x, codes, scales, null, null, bias]
  const form = { K: columns, N: rows, bits, block_size: size, accuracy_level: FLOAT_PRODUCTS }
  return g.node('MatMulNBits', inputs, form, MICROSOFT)
}

/** LayerNorm over the last axis with weight and bias [D], which may be computed. */
export function affineLayerNorm(
  g: Graph,
  x: Value,
  weight: Value,
  bias: Value,
  epsilon: number,
): Value {
  return g.node('LayerNormalization', [x, weight, bias], { axis: -1, epsilon: { float: epsilon } })
}

/** RMSNorm over the last axis. */
export function rmsNorm(g: Graph, x: Value, weight: Value, epsilon: number): Value {
  return g.node('RMSNormalization', [x, weight], { axis: -1, epsilon: { float: epsilon } })
}

export function add(g: Graph, a: Value, b: Value): Value {
  return g.node('Add', [a, b])
}

export function sub(g: Graph, a: Value, b: Value): Value {
  return g.node('Sub', [a, b])
}

export function mul(g: Graph, a: Value, b: Value): Value {
  return g.node('Mul', [a, b])
}

/** `x * sigmoid(x)`. */
export function silu(g: Graph, x: Value): Value {
  return g.node('QuickGelu', [x], { alpha: { float: 1 } }, MICROSOFT)
}

/** GELU. */
export function gelu(g: Graph, x: Value): Value {
  return g.node('Gelu', [x], { approximate: 'none' })
}

/** GELU in the tanh approximation. */
export function geluTanh(g: Graph, x: Value): Value {
  return g.node('Gelu', [x], { approximate: 'tanh' })
}

/**
 * `x` unchanged, as long as `stop` (i64 scalar) is 0: its own shape is gathered at that index of a
 * list of one. Any other index makes onnxruntime end the run with an error. Costs nothing: the
 * reshaped tensor shares the memory of `x`.
 */
export function stopPoint(g: Graph, x: Value, stop: Value): Value {
  const shapes = batched(g, shapeOf(g, x)) // [1, rank]
  return g.node('Reshape', [x, g.node('Gather', [shapes, stop], { axis: 0 })])
}

/** `[S, D]` to `[1, S, D]`: onnxruntime's attention and rotary operators need a batch axis. */
export function batched(g: Graph, x: Value): Value {
  return g.node('Unsqueeze', [x, g.constant(indices([0]))])
}

/** `[1, S, D]` to `[S, D]`, or without another axis of 1. */
export function unbatched(g: Graph, x: Value, axis = 0): Value {
  return g.node('Squeeze', [x, g.constant(indices([axis]))])
}

/** Reshape with ONNX's conventions: 0 keeps an axis, -1 is inferred. */
export function reshape(g: Graph, x: Value, dims: readonly number[]): Value {
  return g.node('Reshape', [x, g.constant(indices(dims))])
}

export function concat(g: Graph, parts: readonly Value[], axis: number): Value {
  return g.node('Concat', parts, { axis })
}

/** Splits along `axis` into parts; their sizes are a run-time input. */
export function split(g: Graph, x: Value, sizes: Value, count: number, axis: number): Value[] {
  return g.nodeWithOutputs(count, 'Split', [x, sizes], { axis })
}

/** Splits along `axis` into `count` equal parts. */
export function chunk(g: Graph, x: Value, count: number, axis: number): Value[] {
  return g.nodeWithOutputs(count, 'Split', [x], { axis, num_outputs: count })
}

/** Rows of `x`, or slices along another axis, by index. */
export function gather(g: Graph, x: Value, index: Value, axis = 0): Value {
  return g.node('Gather', [x, index], { axis })
}

/** `x` [S, D] with the rows [G, D] in place of its own; `at` [G, 1] names each at most once. */
export function scatterRows(g: Graph, x: Value, at: Value, rows: Value): Value {
  return g.node('ScatterND', [x, at, rows])
}

/**
 * Rotary embedding of interleaved pairs: x is [1, S, D], cos and sin are [1, S, Dh / 2], one row
 * per token.
 */
export function rotate(g: Graph, x: Value, cos: Value, sin: Value, heads: number): Value {
  return g.node('RotaryEmbedding', [x, cos, sin], { interleaved: 1, num_heads: heads })
}

/** As {@link rotate}, but element j of a head is paired with element j + Dh / 2. */
export function rotateHalves(g: Graph, x: Value, cos: Value, sin: Value, heads: number): Value {
  return g.node('RotaryEmbedding', [x, cos, sin], { interleaved: 0, num_heads: heads })
}

/**
 * `softmax(q k^T / sqrt(Dh)) v` with any number of queries and keys; all are [1, S, D]. There is no
 * mask, so that flash attention can be used: hidden keys are left out of the inputs instead.
 */
export function attention(g: Graph, q: Value, k: Value, v: Value, heads: number): Value {
  return g.node('MultiHeadAttention', [q, k, v], { num_heads: heads }, MICROSOFT)
}

export function cast(g: Graph, x: Value, to: ElementType): Value {
  return g.node('Cast', [x], { to: onnxTypes[to] })
}

/** 2-D convolution without padding: x [1, C, H, W], weight [O, C, k, k]. */
export function conv(g: Graph, x: Value, weight: Value, bias: Value | null, stride: number): Value {
  return g.node('Conv', bias === null ? [x, weight] : [x, weight, bias], {
    strides: [stride, stride],
  })
}

/** Transposed 2-D convolution without padding: x [1, C, H, W], weight [C, O, k, k]. */
export function convTranspose(
  g: Graph,
  x: Value,
  weight: Value,
  bias: Value | null,
  stride: number,
): Value {
  return g.node('ConvTranspose', bias === null ? [x, weight] : [x, weight, bias], {
    strides: [stride, stride],
  })
}

/** A constant row, in the graph's compute type. */
export function constantRow(g: Graph, values: Float32Array, type: ElementType): Value {
  const row = g.constant(floats(values, values.length))
  return type === 'F32' ? row : cast(g, row, type)
}

/** A constant row of ones, in the graph's compute type. */
export function ones(g: Graph, count: number, type: ElementType): Value {
  return constantRow(g, new Float32Array(count).fill(1), type)
}

/** 2-D convolution with `pads` = top, left, bottom, right. */
export function paddedConv(
  g: Graph,
  x: Value,
  weight: Value,
  bias: Value,
  stride: number,
  pads: readonly [number, number, number, number],
): Value {
  return g.node('Conv', [x, weight, bias], { strides: [stride, stride], pads })
}

/**
 * GroupNorm of [1, C, H, W] with weight and bias [C], as an InstanceNormalization over groups,
 * which both CPU and CUDA support.
 */
export function groupNorm(
  g: Graph,
  x: Value,
  [weight, bias]: readonly [Value, Value],
  groups: number,
  epsilon: number,
  type: ElementType,
): Value {
  const grouped = reshape(g, x, [1, groups, -1])
  const one = ones(g, groups, type)
  const normed = g.node('InstanceNormalization', [grouped, one, sub(g, one, one)], {
    epsilon: { float: epsilon },
  })
  const shaped = g.node('Reshape', [normed, shapeOf(g, x)])
  return add(g, mul(g, shaped, reshape(g, weight, [-1, 1, 1])), reshape(g, bias, [-1, 1, 1]))
}

/** Doubles height and width by repeating pixels. */
export function nearestUpsample(g: Graph, x: Value): Value {
  const scales = g.constant(floats(Float32Array.of(1, 1, 2, 2), 4))
  const attributes = {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  }
  return g.node('Resize', [x, null, scales], attributes)
}

export function matmul(g: Graph, a: Value, b: Value): Value {
  return g.node('MatMul', [a, b])
}

/** Softmax over the last axis. */
export function softmax(g: Graph, x: Value): Value {
  return g.node('Softmax', [x], { axis: -1 })
}

export function transpose(g: Graph, x: Value, order: readonly number[]): Value {
  return g.node('Transpose', [x], { perm: order })
}

/** The shape of a value, as i64. */
export function shapeOf(g: Graph, x: Value): Value {
  return g.node('Shape', [x])
}

/** A constant number that broadcasts, in the graph's compute type. */
export function scalar(g: Graph, value: number, type: ElementType): Value {
  const constant = g.constant(floats(Float32Array.of(value), 1))
  return type === 'F32' ? constant : cast(g, constant, type)
}

/** `x * sigmoid(1.702 x)`, the GELU of CLIP. */
export function geluQuick(g: Graph, x: Value): Value {
  return g.node('QuickGelu', [x], { alpha: { float: 1.702 } }, MICROSOFT)
}
