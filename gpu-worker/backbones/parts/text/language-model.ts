/**
 * A decoder-only language model used as a text encoder, as a graph (transformers modeling_qwen3.py,
 * modeling_qwen2_5_vl.py): RMSNorm, grouped queries, rotary positions in halves, SwiGLU. Shapes: T
 * tokens, D width, H heads, K heads of keys and values, Dh head dimensions.
 */

import type { Value } from '../../../onnx/graph.ts'
import {
  add,
  batched,
  linear,
  matmul,
  mul,
  reshape,
  rmsNorm,
  rotateHalves,
  scalar,
  silu,
  softmax,
  transpose,
  unbatched,
} from '../../../onnx/ops.ts'
import { floats, type Tensor } from '../../../onnx/tensor.ts'
import type { Rope } from '../attention.ts'
import type { Emitter } from '../emitter.ts'

/** Sizes of a language model. */
export type LanguageModelSizes = {
  readonly hidden_size: number
  readonly intermediate_size: number
  readonly num_attention_heads: number
  readonly num_key_value_heads: number
  readonly head_dim: number
  readonly rms_norm_eps: number
}

/** What differs between Qwen's models. */
export type LanguageModelKind = {
  /** Whether queries and keys are normalised by head (Qwen3), and whether they and values have biases (Qwen2.5). */
  readonly headNorms: boolean
  readonly biases: boolean
}

/** What all layers share: rotations [1, T, Dh / 2], and a mask [T, T] that is added to the logits. */
export type LayerContext = {
  readonly rope: Rope
  readonly mask: Value
  readonly sizes: LanguageModelSizes
  readonly kind: LanguageModelKind
}

/** Adds the inputs `cos`, `sin` [1, T, Dh / 2] and `mask` [T, T] (see {@link causalMask}). */
export function layerContext(
  e: Emitter,
  sizes: LanguageModelSizes,
  kind: LanguageModelKind,
): LayerContext {
  const dims = [1, 'T', sizes.head_dim / 2]
  const rope = { cos: e.floatInput('cos', dims), sin: e.floatInput('sin', dims) }
  return { rope, mask: e.floatInput('mask', ['T', 'T']), sizes, kind }
}

/** One decoder layer: x [T, D] to [T, D]. */
export function decoderLayer(e: Emitter, name: string, x: Value, context: LayerContext): Value {
  const { g } = e
  const { hidden_size: d, intermediate_size: wide } = context.sizes
  const project = (input: Value, key: string, from: number, to: number) =>
    linear(g, input, e.weight(`${name}.mlp.${key}.weight`, [to, from]), null)
  const h = add(
    g,
    x,
    selfAttention(e, `${name}.self_attn`, norm(e, x, `${name}.input_layernorm`, context), context),
  )
  const inner = norm(e, h, `${name}.post_attention_layernorm`, context)
  const gated = mul(
    g,
    silu(g, project(inner, 'gate_proj', d, wide)),
    project(inner, 'up_proj', d, wide),
  )
  return add(g, h, project(gated, 'down_proj', wide, d))
}

function selfAttention(e: Emitter, name: string, x: Value, context: LayerContext): Value {
  const { g } = e
  const { rope, mask, sizes, kind } = context
  const {
    hidden_size: d,
    num_attention_heads: heads,
    num_key_value_heads: shared,
    head_dim: dh,
  } = sizes
  const project = (key: string, count: number) => {
    const weight = e.weight(`${name}.${key}.weight`, [count * dh, d])
    const bias = kind.biases ? e.weight(`${name}.${key}.bias`, [count * dh]) : null
    return linear(g, x, weight, bias) // [T, count Dh]
  }
  const normed = (value: Value, key: string, count: number) => {
    if (!kind.headNorms) return value
    const split = reshape(g, value, [0, count, dh])
    const weight = e.weight(`${name}.${key}.weight`, [dh])
    return reshape(g, rmsNorm(g, split, weight, sizes.rms_norm_eps), [0, count * dh])
  }
  const rotated = (value: Value, count: number) =>
    unbatched(g, rotateHalves(g, batched(g, value), rope.cos, rope.sin, count))
  const q = rotated(normed(project('q_proj', heads), 'q_norm', heads), heads)
  const k = rotated(normed(project('k_proj', shared), 'k_norm', shared), shared)
  const v = project('v_proj', shared)
  // Each head of keys and values serves a group of queries: [K, H / K, T, Dh] by [K, 1, Dh, T].
  const scaled = mul(g, q, scalar(g, dh ** -0.5, e.compute))
  const queries = transpose(g, reshape(g, scaled, [0, shared, heads / shared, dh]), [1, 2, 0, 3])
  const keys = transpose(g, reshape(g, k, [0, shared, 1, dh]), [1, 2, 3, 0])
  const values = transpose(g, reshape(g, v, [0, shared, 1, dh]), [1, 2, 0, 3]) // [K, 1, T, Dh]
  const weights = softmax(g, add(g, matmul(g, queries, keys), mask)) // [K, H / K, T, T]
  const attended = transpose(g, matmul(g, weights, values), [2, 0, 1, 3]) // [T, K, H / K, Dh]
  const merged = reshape(g, attended, [0, heads * dh])
  return linear(g, merged, e.weight(`${name}.o_proj.weight`, [d, heads * dh]), null)
}

/** RMSNorm with a weight of width D. */
export function norm(
  e: Emitter,
  x: Value,
  name: string,
  { sizes }: Pick<LayerContext, 'sizes'>,
): Value {
  const weight = e.weight(`${name}.weight`, [sizes.hidden_size])
  return rmsNorm(e.g, x, weight, sizes.rms_norm_eps)
}

/**
 * The mask [T, T] of a text that begins with no padding: a token sees itself and earlier ones, but no
 * padding.
 *
 * @param attended one per token: 0 for padding
 */
export function causalMask(attended: readonly number[]): Tensor {
  const count = attended.length
  // Equivalent to minus infinity for softmax, also in float16.
  const mask = Float32Array.from({ length: count * count }, (_, i) =>
    i % count > Math.floor(i / count) || attended[i % count] === 0 ? -30_000 : 0,
  )
  return floats(mask, count, count)
}
