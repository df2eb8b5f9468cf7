/**
 * CLIP's text encoder as a graph (transformers modeling_clip.py). FLUX.1 uses its pooled output.
 * Shapes: T tokens, D width.
 */

import { z } from 'zod'
import { type ExternalTensor, Graph, type Value } from '../../../onnx/graph.ts'
import {
  add,
  affineLayerNorm,
  gelu,
  geluQuick,
  linear,
  matmul,
  mul,
  reshape,
  scalar,
  softmax,
  transpose,
} from '../../../onnx/ops.ts'
import { floats, indices, type Tensor } from '../../../onnx/tensor.ts'
import { type ComputeType, Emitter, TensorRecorder } from '../emitter.ts'

/** text_encoder/config.json of a CLIPTextModel. */
export const ClipConfig = z.object({
  hidden_size: z.number().int(),
  intermediate_size: z.number().int(),
  num_hidden_layers: z.number().int(),
  num_attention_heads: z.number().int(),
  max_position_embeddings: z.number().int(),
  vocab_size: z.number().int(),
  layer_norm_eps: z.number().default(1e-5),
  eos_token_id: z.number().int(),
  /** OpenCLIP's has the exact one. */
  hidden_act: z.enum(['quick_gelu', 'gelu']),
})
export type ClipConfig = z.infer<typeof ClipConfig>

type Tensors = ReadonlyMap<string, ExternalTensor>

/**
 * Graph `input_ids` i64 [T], `positions` i64 [T], `mask` [T, T] (see {@link clipInputs}) ->
 * `last_hidden_state` [T, D], after the final norm.
 */
export function clipGraph(
  config: ClipConfig,
  tensors: Tensors,
  compute: ComputeType,
  stoppable = false,
): Uint8Array {
  const e = new Emitter(new Graph(), withoutPrefix(tensors), compute, stoppable)
  const { g } = e
  const { hidden_size: d, max_position_embeddings: positions } = config
  const ids = g.input('input_ids', 'I64', ['T'])
  const embedded = g.node(
    'Gather',
    [e.weight('embeddings.token_embedding.weight', [config.vocab_size, d]), ids],
    { axis: 0 },
  )
  const places = g.input('positions', 'I64', ['T'])
  const table = e.weight('embeddings.position_embedding.weight', [positions, d])
  const placed = g.node('Gather', [table, places], { axis: 0 })
  const mask = e.floatInput('mask', ['T', 'T'])
  let x = add(g, embedded, placed) // [T, D]
  for (let i = 0; i < config.num_hidden_layers; i++)
    x = e.stopPoint(layer(e, x, mask, config, `encoder.layers.${i}`))
  e.floatOutput('last_hidden_state', norm(e, x, 'final_layer_norm', config), ['T', d])
  return g.finish()
}

/**
 * The index of the token whose state is the pooled output: the first end token. Old checkpoints
 * give 2 as their end token; there it is the largest id (the true end token, 49407).
 */
export function clipPooledIndex(ids: readonly number[], eosTokenId: number): number {
  const index = ids.indexOf(eosTokenId === 2 ? Math.max(...ids) : eosTokenId)
  // Without an end token transformers takes the argmax of zeros, the first token.
  return Math.max(0, index)
}

/** transformers 4 prefixes the names with `text_model.`, transformers 5 does not. */
export function withoutPrefix(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  return new Map([...tensors].map(([name, tensor]) => [name.replace(/^text_model\./, ''), tensor]))
}

function layer(e: Emitter, x: Value, mask: Value, config: ClipConfig, name: string): Value {
  const { g } = e
  const { hidden_size: d, intermediate_size: wide, num_attention_heads: heads } = config
  const project = (input: Value, key: string, from: number, to: number) =>
    linear(
      g,
      input,
      e.weight(`${name}.${key}.weight`, [to, from]),
      e.weight(`${name}.${key}.bias`, [to]),
    )
  const normed = norm(e, x, `${name}.layer_norm1`, config)
  const split = (key: string) =>
    reshape(g, project(normed, `self_attn.${key}`, d, d), [0, heads, d / heads]) // [T, H, Dh]
  const q = transpose(
    g,
    mul(g, split('q_proj'), scalar(g, (d / heads) ** -0.5, e.compute)),
    [1, 0, 2],
  )
  const k = transpose(g, split('k_proj'), [1, 2, 0])
  const v = transpose(g, split('v_proj'), [1, 0, 2])
  const attended = matmul(g, softmax(g, add(g, matmul(g, q, k), mask)), v) // [H, T, Dh]
  const merged = reshape(g, transpose(g, attended, [1, 0, 2]), [0, d])
  const h = add(g, x, project(merged, 'self_attn.out_proj', d, d))
  const activation = config.hidden_act === 'gelu' ? gelu : geluQuick
  const hidden = activation(
    g,
    project(norm(e, h, `${name}.layer_norm2`, config), 'mlp.fc1', d, wide),
  )
  return add(g, h, project(hidden, 'mlp.fc2', wide, d))
}

function norm(e: Emitter, x: Value, name: string, config: ClipConfig): Value {
  const d = config.hidden_size
  return affineLayerNorm(
    e.g,
    x,
    e.weight(`${name}.weight`, [d]),
    e.weight(`${name}.bias`, [d]),
    config.layer_norm_eps,
  )
}

/**
 * The graph's inputs for some ids: the ids, their positions, and a mask that hides later tokens.
 */
export function clipInputs(ids: readonly number[]): Record<string, Tensor> {
  const count = ids.length
  // Equivalent to minus infinity for softmax, also in float16.
  const mask = Float32Array.from({ length: count * count }, (_, i) =>
    i % count > Math.floor(i / count) ? -30_000 : 0,
  )
  return {
    input_ids: indices(ids),
    positions: indices(ids.map((_, i) => i)),
    mask: floats(mask, count, count),
  }
}
