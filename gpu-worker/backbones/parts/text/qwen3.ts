/**
 * Qwen3 as a text encoder: the states of some of its layers, and no layer beyond the last of them
 * (transformers modeling_qwen3.py). FLUX.2 puts the states of three layers side by side.
 */

import { z } from 'zod'
import { type ExternalTensor, Graph, type Value } from '../../../onnx/graph.ts'
import { concat } from '../../../onnx/ops.ts'
import { indices, type Tensor } from '../../../onnx/tensor.ts'
import { type ComputeType, Emitter } from '../emitter.ts'
import { ropeInputs } from '../sequence/inputs.ts'
import { causalMask, decoderLayer, layerContext } from './language-model.ts'

const integer = z.number().int().positive()

/** text_encoder/config.json of a Qwen3ForCausalLM. */
export const Qwen3Config = z
  .object({
    model_type: z.literal('qwen3'),
    hidden_size: integer,
    intermediate_size: integer,
    num_hidden_layers: integer,
    num_attention_heads: integer,
    num_key_value_heads: integer,
    head_dim: integer.default(128),
    vocab_size: integer,
    rms_norm_eps: z.number().default(1e-6),
    attention_bias: z.literal(false).default(false),
    use_sliding_window: z.literal(false).default(false),
    hidden_act: z.literal('silu').default('silu'),
    rope_theta: z.number().optional(),
    // transformers 5 keeps it here.
    rope_parameters: z
      .object({ rope_theta: z.number(), rope_type: z.literal('default').default('default') })
      .optional(),
  })
  .transform(({ rope_theta, rope_parameters, ...rest }) => ({
    ...rest,
    rope_theta: rope_parameters?.rope_theta ?? rope_theta ?? 1e6,
  }))
export type Qwen3Config = z.infer<typeof Qwen3Config>

/** The largest of the given states, which is the number of layers that are needed. */
function layersFor(config: Qwen3Config, states: readonly number[]): number {
  const last = Math.max(...states)
  if (
    states.some((state) => !Number.isInteger(state) || state < 0) ||
    last >= config.num_hidden_layers
  )
    throw new Error(`hidden states ${states} of a model with ${config.num_hidden_layers} layers`)
  return last
}

/**
 * Graph `input_ids` i64 [T], `cos`, `sin`, `mask` (see {@link qwen3Inputs}) -> `prompt_embeds` [T,
 * states * D], the chosen hidden states side by side: state n is the output of layer n - 1, state 0 the
 * embedding. The final norm is not applied, so the last state of all is not among them.
 */
export function qwen3Graph(
  config: Qwen3Config,
  tensors: ReadonlyMap<string, ExternalTensor>,
  compute: ComputeType,
  states: readonly number[],
  stoppable = false,
): Uint8Array {
  const e = new Emitter(new Graph(), tensors, compute, stoppable)
  const { g } = e
  const { hidden_size: d } = config
  const layers = layersFor(config, states)
  const ids = g.input('input_ids', 'I64', ['T'])
  const context = layerContext(e, config, { headNorms: true, biases: false })
  let x: Value = e.rows('model.embed_tokens.weight', [config.vocab_size, d], ids) // [T, D]
  const all = [x]
  for (let i = 0; i < layers; i++) {
    x = e.stopPoint(decoderLayer(e, `model.layers.${i}`, x, context))
    all.push(x)
  }
  const chosen = states.map((state) => all[state] as Value)
  e.floatOutput('prompt_embeds', concat(g, chosen, 1), ['T', states.length * d])
  return g.finish()
}

/**
 * The graph's inputs.
 *
 * @param attended one per id: 0 for padding
 */
export function qwen3Inputs(
  config: Qwen3Config,
  ids: readonly number[],
  attended: readonly number[],
): Record<string, Tensor> {
  const axis = { dims: [config.head_dim], theta: config.rope_theta }
  return {
    input_ids: indices(ids),
    ...ropeInputs(
      '',
      ids.map((_, i) => [i]),
      axis,
    ),
    mask: causalMask(attended),
  }
}
