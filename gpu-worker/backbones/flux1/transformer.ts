/**
 * The FLUX.1 transformer as a graph: latents, reference, text and time in, velocity out, with the
 * method's control as inputs (diffusers transformer_flux.py; paper, III-C2 and III-D). Knows
 * tensor names, but nothing of files or sampling.
 */

import { type ExternalTensor, Graph, type Value } from '../../onnx/graph.ts'
import { add, concat, silu, split } from '../../onnx/ops.ts'
import type { Rope, Sequence, View } from '../parts/attention.ts'
import {
  doubleBlock,
  embedder,
  linearLayer,
  modulate,
  singleBlock,
  type Widths,
} from '../parts/blocks.ts'
import { type ComputeType, Emitter } from '../parts/emitter.ts'
import { type Flux1Config, widthsOf } from './config.ts'
import { flux1Tensors } from './tensors.ts'

/** RoPE base of FLUX.1; hard-coded upstream too. */
export const FLUX1_THETA = 10_000

/** Sinusoidal features of time and guidance. */
export const TIME_FEATURES = 256

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
 * Writes the graph. Inputs (T text, I target, R reference tokens, K and K2 keys of the views, P =
 * head dim / 2):
 *
 * - `latents` [I, C], `reference` [R, C], `text` [T, joint], `pooled` [1, pooled]
 * - `time_features` [1, 256] and, with guidance_embeds, `guidance_features` [1, 256] (see {@link
 *   timeFeatures})
 * - `lengths` i64 [3] = T, I, R; `other_lengths` i64 [2] = T, R; `stream_lengths` i64 [2] = T, I +
 *   R
 * - `cos`, `sin` [1, T + I + R, P]: native positions
 * - `view_index` i64 [K], `view_cos`, `view_sin` [1, K, P]: the reference tokens that target
 *   queries see in single-stream blocks, and their positions
 * - `double_view_index` i64 [K2], `double_view_cos`, `double_view_sin` [1, K2, P]: the same in
 *   double-stream blocks
 * - `inject_from` i64 [I], `inject_weight` [I, 1]: the reference token injected at each target
 *   token, and its weight
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
  const lengths = g.input('lengths', 'I64', [3])
  const otherLengths = g.input('other_lengths', 'I64', [2])
  const streamLengths = g.input('stream_lengths', 'I64', [2])
  const rope = ropeInput(e, '', 'S', widths)
  const sequence: Sequence = { lengths, otherLengths, heads: widths.heads, rope }
  const viewInput = (prefix: string, length: string): View => ({
    index: g.input(`${prefix}index`, 'I64', [length]),
    rope: ropeInput(e, prefix, length, widths),
  })
  const view = viewInput('view_', 'K')
  const doubleView = viewInput('double_view_', 'K2')
  const injection = {
    from: g.input('inject_from', 'I64', ['I']),
    weight: e.floatInput('inject_weight', ['I', 1]),
  }

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

  const [, target, rest] = split(g, x, lengths, 3, 0) as [Value, Value, Value] // [I, D], [R, D]
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

function ropeInput(e: Emitter, prefix: string, length: string, widths: Widths): Rope {
  const dims = [1, length, widths.head / 2]
  return { cos: e.floatInput(`${prefix}cos`, dims), sin: e.floatInput(`${prefix}sin`, dims) }
}

/**
 * Sinusoid of a time or a guidance: `[cos(1000 x f_j), sin(1000 x f_j)]`, `f_j = 10000^(-j / 128)`
 * (diffusers get_timestep_embedding with flip_sin_to_cos, downscale_freq_shift 0).
 *
 * @param x sigma in (0, 1], or the guidance scale
 */
export function timeFeatures(x: number): Float32Array {
  const half = TIME_FEATURES / 2
  const features = new Float32Array(TIME_FEATURES)
  const time = Math.fround(1000 * Math.fround(x))
  // Rounded like upstream's float32: at 1000 radians the last bit of a frequency matters.
  const step = Math.fround(-Math.log(10_000))
  for (let j = 0; j < half; j++) {
    const frequency = Math.fround(Math.exp(Math.fround(Math.fround(step * j) / half)))
    const angle = Math.fround(time * frequency)
    features[j] = Math.cos(angle)
    features[half + j] = Math.sin(angle)
  }
  return features
}
