/**
 * The FLUX.1 transformer as a graph: latents, reference, text and time in, velocity out, with the
 * method's control as inputs (diffusers transformer_flux.py; paper, III-C2 and III-D). Knows
 * tensor names, but nothing of files or sampling.
 */

import { type ExternalTensor, Graph, type Value } from '../../onnx/graph.ts'
import { add, concat, silu, split } from '../../onnx/ops.ts'
import { doubleBlock, embedder, linearLayer, modulate, singleBlock } from '../parts/blocks.ts'
import { type ComputeType, Emitter } from '../parts/emitter.ts'
import { controlValues } from '../parts/sequence/control-values.ts'
import { TIME_FEATURES } from '../parts/sequence/time-features.ts'
import { type Flux1Config, widthsOf } from './config.ts'
import { flux1Tensors } from './tensors.ts'

/**
 * `rows`: output target rows only, or all image rows. `blocks`: also output the result of every
 * block, as `double.{i}.text`, `double.{i}.image` and `single.{i}`, to compare it with another
 * implementation. `stoppable`: an aborted run ends after the current block.
 */
export type Flux1GraphOptions = {
  readonly rows?: 'target' | 'image'
  readonly blocks?: boolean
  readonly stoppable?: boolean
}

/**
 * Writes the graph. Inputs (T text, I target, R reference tokens):
 *
 * - `latents` [I, C], `reference` [R, C], `text` [T, joint], `pooled` [1, pooled]
 * - `time_features` [1, 256] and, with guidance_embeds, `guidance_features` [1, 256] (see
 *   time-features.ts)
 * - those of {@link controlValues}
 *
 * Output: `velocity` [I, C], or of all image rows [I + R, C]. Float inputs and outputs are float32
 * for every compute type.
 */
export function flux1Graph(
  config: Flux1Config,
  tensors: ReadonlyMap<string, ExternalTensor>,
  compute: ComputeType,
  { rows = 'target', blocks = false, stoppable = false }: Flux1GraphOptions = {},
): Uint8Array {
  const e = new Emitter(new Graph(), flux1Tensors(tensors), compute, stoppable)
  const { g } = e
  const widths = widthsOf(config)
  const d = widths.model
  const c = config.in_channels

  const latents = e.floatInput('latents', ['I', c])
  const reference = e.floatInput('reference', ['R', c])
  const encoded = e.floatInput('text', ['T', config.joint_attention_dim])
  const { sequence, view, doubleView, injection, streamLengths } = controlValues(e, widths)

  const embedding = conditioning(e, config, d) // [1, D]
  const context = { embedding, sequence, widths }
  const double = { ...context, view: doubleView, streamLengths }
  const single = { ...context, view, injection }
  let image = linearLayer(e, concat(g, [latents, reference], 0), 'x_embedder', [c, d]) // [I + R, D]
  let text = linearLayer(e, encoded, 'context_embedder', [config.joint_attention_dim, d]) // [T, D]
  for (let i = 0; i < config.num_layers; i++) {
    const name = `transformer_blocks.${i}`
    ;({ text, image } = doubleBlock(e, name, { text, image }, double))
    image = e.stopPoint(image)
    if (!blocks) continue
    e.floatOutput(`double.${i}.text`, text, ['T', d])
    e.floatOutput(`double.${i}.image`, image, ['I + R', d])
  }
  let x = concat(g, [text, image], 0) // [T + I + R, D]
  for (let i = 0; i < config.num_single_layers; i++) {
    const name = `single_transformer_blocks.${i}`
    x = e.stopPoint(singleBlock(e, name, x, single))
    if (blocks) e.floatOutput(`single.${i}`, x, ['T + I + R', d])
  }

  const [, target, rest] = split(g, x, sequence.lengths, 3, 0) as [Value, Value, Value] // [I, D], [R, D]
  const last = rows === 'target' ? target : concat(g, [target, rest], 0)
  // Scale and shift by name: their order differs between the two file layouts (see flux1Tensors).
  const conditioned = silu(g, embedding)
  const scale = linearLayer(e, conditioned, 'norm_out.scale', [d, d])
  const shift = linearLayer(e, conditioned, 'norm_out.shift', [d, d])
  const velocity = linearLayer(e, modulate(e, last, { scale, shift }, d), 'proj_out', [d, c])
  e.floatOutput('velocity', velocity, [rows === 'target' ? 'I' : 'I + R', c])
  return g.finish()
}

/**
 * Sum of the embedders of time, guidance and pooled text
 * (CombinedTimestepGuidanceTextProjEmbeddings).
 */
function conditioning(e: Emitter, config: Flux1Config, d: number): Value {
  const name = 'time_text_embed'
  const time = embedder(
    e,
    e.floatInput('time_features', [1, TIME_FEATURES]),
    `${name}.timestep_embedder`,
    [TIME_FEATURES, d],
  )
  const pooledInput = e.floatInput('pooled', [1, config.pooled_projection_dim])
  const pooled = embedder(e, pooledInput, `${name}.text_embedder`, [
    config.pooled_projection_dim,
    d,
  ])
  if (!config.guidance_embeds) return add(e.g, time, pooled)
  const features = e.floatInput('guidance_features', [1, TIME_FEATURES])
  const guidance = embedder(e, features, `${name}.guidance_embedder`, [TIME_FEATURES, d])
  return add(e.g, add(e.g, time, guidance), pooled)
}
