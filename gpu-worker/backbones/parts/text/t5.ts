/**
 * T5's encoder as a graph (transformers modeling_t5.py). FLUX.1 uses the state of every token.
 * Shapes: T tokens, D width, H heads.
 */

import { z } from 'zod'
import { type ExternalTensor, Graph, type Value } from '../../../onnx/graph.ts'
import {
  add,
  geluTanh,
  linear,
  matmul,
  mul,
  reshape,
  rmsNorm,
  softmax,
  transpose,
} from '../../../onnx/ops.ts'
import type { Tensor } from '../../../onnx/tensor.ts'
import { type ComputeType, Emitter } from '../emitter.ts'

/** text_encoder_2/config.json of a T5EncoderModel (v1.1: gated GELU, no biases). */
export const T5Config = z.object({
  d_model: z.number().int(),
  d_kv: z.number().int(),
  d_ff: z.number().int(),
  num_layers: z.number().int(),
  num_heads: z.number().int(),
  vocab_size: z.number().int(),
  relative_attention_num_buckets: z.number().int().default(32),
  relative_attention_max_distance: z.number().int().default(128),
  layer_norm_epsilon: z.number().default(1e-6),
  feed_forward_proj: z.literal('gated-gelu'),
})
export type T5Config = z.infer<typeof T5Config>

/**
 * Graph `input_ids` i64 [T], `buckets` i64 [T, T] (see {@link t5Buckets}) -> `last_hidden_state`
 * [T, D]. There is no mask: padding attends too.
 */
export function t5Graph(
  config: T5Config,
  tensors: ReadonlyMap<string, ExternalTensor>,
  compute: ComputeType,
  stoppable = false,
): Uint8Array {
  const e = new Emitter(new Graph(), tensors, compute, stoppable)
  const { g } = e
  const { d_model: d, num_heads: heads } = config
  const embedding =
    tensors.has('encoder.embed_tokens.weight') && !tensors.has('shared.weight')
      ? 'encoder.embed_tokens.weight'
      : 'shared.weight'
  const ids = g.input('input_ids', 'I64', ['T'])
  const buckets = g.input('buckets', 'I64', ['T', 'T'])
  const table = e.weight('encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight', [
    config.relative_attention_num_buckets,
    heads,
  ])
  // Block 0 has the table of positions, which every block adds.
  const bias = transpose(g, g.node('Gather', [table, buckets], { axis: 0 }), [2, 0, 1]) // [H, T, T]
  let x = g.node('Gather', [e.weight(embedding, [config.vocab_size, d]), ids], { axis: 0 }) // [T, D]
  for (let i = 0; i < config.num_layers; i++)
    x = e.stopPoint(block(e, x, bias, config, `encoder.block.${i}`))
  e.floatOutput('last_hidden_state', norm(e, x, 'encoder.final_layer_norm', config), ['T', d])
  return g.finish()
}

function block(e: Emitter, x: Value, bias: Value, config: T5Config, name: string): Value {
  const { g } = e
  const { d_model: d, d_kv: dh, d_ff: wide, num_heads: heads } = config
  const project = (input: Value, key: string, from: number, to: number) =>
    linear(g, input, e.weight(`${name}.${key}.weight`, [to, from]), null)
  const attention = 'layer.0.SelfAttention'
  const normed = norm(e, x, `${name}.layer.0.layer_norm`, config)
  const split = (key: string) =>
    reshape(g, project(normed, `${attention}.${key}`, d, heads * dh), [0, heads, dh])
  // No 1/sqrt(Dh): T5's weights include it.
  const logits = add(
    g,
    matmul(g, transpose(g, split('q'), [1, 0, 2]), transpose(g, split('k'), [1, 2, 0])),
    bias,
  )
  const attended = matmul(g, softmax(g, logits), transpose(g, split('v'), [1, 0, 2])) // [H, T, Dh]
  const merged = reshape(g, transpose(g, attended, [1, 0, 2]), [0, heads * dh])
  const h = add(g, x, project(merged, `${attention}.o`, heads * dh, d))
  const inner = norm(e, h, `${name}.layer.1.layer_norm`, config)
  const ff = 'layer.1.DenseReluDense'
  const gated = mul(
    g,
    geluTanh(g, project(inner, `${ff}.wi_0`, d, wide)),
    project(inner, `${ff}.wi_1`, d, wide),
  )
  return add(g, h, project(gated, `${ff}.wo`, wide, d))
}

function norm(e: Emitter, x: Value, name: string, config: T5Config): Value {
  return rmsNorm(e.g, x, e.weight(`${name}.weight`, [config.d_model]), config.layer_norm_epsilon)
}

/**
 * Bucket of every pair of positions [T, T]: half of the buckets are for keys before the query, half
 * for keys after it. The first half of each has one bucket per distance, the second is logarithmic
 * up to the maximum (T5Attention._relative_position_bucket, bidirectional).
 */
export function t5Buckets(config: T5Config, count: number): Tensor {
  const half = config.relative_attention_num_buckets / 2
  const exact = half / 2
  const bucketOf = (relative: number) => {
    const distance = Math.abs(relative)
    const sign = relative > 0 ? half : 0
    if (distance < exact) return sign + distance
    const scaled =
      (Math.log(distance / exact) / Math.log(config.relative_attention_max_distance / exact)) *
      (half - exact)
    return sign + Math.min(half - 1, exact + Math.floor(Math.fround(scaled)))
  }
  const data = BigInt64Array.from({ length: count * count }, (_, i) =>
    BigInt(bucketOf((i % count) - Math.floor(i / count))),
  )
  return { type: 'I64', dims: [count, count], data }
}
