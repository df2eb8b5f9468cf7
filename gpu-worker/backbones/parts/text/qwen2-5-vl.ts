/**
 * Qwen2.5-VL as a text encoder that sees one picture: vision tower and language model in one graph,
 * up to the language model's final norm (transformers modeling_qwen2_5_vl.py).
 */

import { z } from 'zod'
import { type ExternalTensor, Graph, type Value } from '../../../onnx/graph.ts'
import { concat, gather } from '../../../onnx/ops.ts'
import type { Tensors } from '../component.ts'
import { type ComputeType, Emitter, TensorRecorder } from '../emitter.ts'
import { patchFeatures, VisionConfig, visionTower } from '../vision/tower.ts'
import { decoderLayer, layerContext, norm } from './language-model.ts'

const integer = z.number().int().positive()
const Sections = z.tuple([integer, integer, integer])

const TextConfig = z
  .object({
    hidden_size: integer,
    intermediate_size: integer,
    num_hidden_layers: integer,
    num_attention_heads: integer,
    num_key_value_heads: integer,
    vocab_size: integer,
    rms_norm_eps: z.number().default(1e-6),
    hidden_act: z.literal('silu').default('silu'),
    use_sliding_window: z.literal(false).default(false),
    rope_theta: z.number().optional(),
    rope_scaling: z.object({ mrope_section: Sections }).nullish(),
    // transformers 5 keeps both here.
    rope_parameters: z.object({ rope_theta: z.number(), mrope_section: Sections }).optional(),
  })
  .transform(({ rope_theta, rope_scaling, rope_parameters, ...rest }) => ({
    ...rest,
    head_dim: rest.hidden_size / rest.num_attention_heads,
    rope_theta: rope_parameters?.rope_theta ?? rope_theta ?? 1e6,
    mrope_section: rope_parameters?.mrope_section ?? rope_scaling?.mrope_section ?? [16, 24, 24],
  }))

/**
 * text_encoder/config.json of a Qwen2_5_VLForConditionalGeneration. Before transformers 4.5 or so
 * the language model's values were beside `vision_config`, not in `text_config`.
 */
export const Qwen25VlConfig = z.preprocess(
  (raw) => {
    const { success, data } = z.looseObject({}).safeParse(raw)
    return success ? { ...data, text_config: data.text_config ?? data } : raw
  },
  z.object({
    model_type: z.literal('qwen2_5_vl'),
    image_token_id: z.number().int().default(151_655),
    text_config: TextConfig,
    vision_config: VisionConfig,
  }),
)
export type Qwen25VlConfig = z.infer<typeof Qwen25VlConfig>

const MODEL = 'model.language_model'
const VISION = 'model.visual'

/** The head that writes text is not needed. */
export const isUnusedByQwen25Vl = (name: string): boolean => name === 'lm_head.weight'

/** transformers 5's names for the tensors of transformers 4. */
export function qwen25VlTensors(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name
        .replace(/^visual\./, `${VISION}.`)
        .replace(/^model\.(embed_tokens|layers|norm)\./, `${MODEL}.$1.`),
      tensor,
    ]),
  )
}

/**
 * Graph -> `last_hidden_state` [T, D]. Inputs (T tokens, P patches, Dh head dimensions of the tower):
 *
 * - `input_ids` i64 [T], `cos`, `sin`, `mask` as those of {@link layerContext}
 * - `patches` [P, features], in the tower's order; `vision_cos`, `vision_sin` [1, P, Dh / 2];
 *   `window_mask` [P, P]
 * - `token_rows` i64 [T]: the row of each token in the embeddings of the T ids, followed by the
 *   tower's output
 *
 * See qwen2-5-vl-inputs.ts.
 */
export function qwen25VlGraph(
  config: Qwen25VlConfig,
  tensors: ReadonlyMap<string, ExternalTensor>,
  compute: ComputeType,
  stoppable = false,
): Uint8Array {
  const e = new Emitter(new Graph(), qwen25VlTensors(tensors), compute, stoppable)
  const { g } = e
  const { text_config: text, vision_config: vision } = config
  const d = text.hidden_size

  const half = vision.hidden_size / vision.num_heads / 2
  const patches = e.floatInput('patches', ['P', patchFeatures(vision)])
  const rope = {
    cos: e.floatInput('vision_cos', [1, 'P', half]),
    sin: e.floatInput('vision_sin', [1, 'P', half]),
  }
  const windowMask = e.floatInput('window_mask', ['P', 'P'])
  const picture = visionTower(e, vision, VISION, patches, { rope, windowMask }) // [M, D]

  const ids = g.input('input_ids', 'I64', ['T'])
  const words = e.rows(`${MODEL}.embed_tokens.weight`, [text.vocab_size, d], ids) // [T, D]
  const rows = g.input('token_rows', 'I64', ['T'])
  let x: Value = gather(g, concat(g, [words, picture], 0), rows) // [T, D]
  const context = layerContext(e, text, { headNorms: false, biases: true })
  for (let i = 0; i < text.num_hidden_layers; i++)
    x = e.stopPoint(decoderLayer(e, `${MODEL}.layers.${i}`, x, context))
  e.floatOutput('last_hidden_state', norm(e, x, `${MODEL}.norm`, context), ['T', d])
  return g.finish()
}
