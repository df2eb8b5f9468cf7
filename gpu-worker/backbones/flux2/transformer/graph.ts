/**
 * The FLUX.2 transformer as a graph: latents, reference, text and time in, velocity out, with the
 * method's control as inputs (diffusers transformer_flux2.py; paper, III-C2 and III-D). Knows tensor
 * names, but nothing of files or sampling.
 */

import { type ExternalTensor, Graph, type Value } from '../../../onnx/graph.ts'
import { concat, silu } from '../../../onnx/ops.ts'
import { type Gated, lastScaleAndShift, modulate } from '../../parts/blocks.ts'
import { type ComputeType, Emitter } from '../../parts/emitter.ts'
import { controlValues } from '../../parts/sequence/control-values.ts'
import { TIME_FEATURES } from '../../parts/sequence/time-features.ts'
import { type GraphOptions, singleBlocks } from '../../parts/transformer.ts'
import { bareLinear, flux2DoubleBlock, flux2SingleLayers, modulations } from './blocks.ts'
import { type Flux2Config, widthsOf } from './config.ts'
import { flux2Tensors } from './tensors.ts'

/**
 * Writes the graph. Inputs (T text, I target, R reference tokens):
 *
 * - `latents` [I, C], `reference` [R, C], `text` [T, joint]
 * - `time_features` [1, 256] (see time-features.ts)
 * - those of {@link controlValues}
 *
 * Output: `velocity` [I, C], or of all image rows [I + R, C]. Float inputs and outputs are float32
 * for every compute type.
 */
export function flux2Graph(
  config: Flux2Config,
  tensors: ReadonlyMap<string, ExternalTensor>,
  compute: ComputeType,
  options: GraphOptions = {},
): Uint8Array {
  const e = new Emitter(new Graph(), flux2Tensors(tensors), compute, options.stoppable)
  const { g } = e
  const widths = widthsOf(config)
  const d = widths.model
  const c = config.in_channels

  const latents = e.floatInput('latents', ['I', c])
  const reference = e.floatInput('reference', ['R', c])
  const encoded = e.floatInput('text', ['T', config.joint_attention_dim])
  const conditioned = silu(g, timeEmbedding(e, d)) // [1, D]
  const control = controlValues(e, widths, options.control ?? true)
  const context = { ...control, widths }

  // Once for all blocks of a kind.
  const double = {
    image: doubleModulation(e, conditioned, 'double_stream_modulation_img', d),
    text: doubleModulation(e, conditioned, 'double_stream_modulation_txt', d),
  }
  const [single] = modulations(e, conditioned, 'single_stream_modulation', [d, 1]) as [Gated]

  let image = bareLinear(e, concat(g, [latents, reference], 0), 'x_embedder', [c, d]) // [I + R, D]
  let text = bareLinear(e, encoded, 'context_embedder', [config.joint_attention_dim, d]) // [T, D]
  for (let i = 0; i < config.num_layers; i++) {
    const name = `transformer_blocks.${i}`
    ;({ text, image } = flux2DoubleBlock(e, name, { text, image }, double, context))
    image = e.stopPoint(image)
    if (options.blocks !== true) continue
    e.floatOutput(`double.${i}.text`, text, ['T', d])
    e.floatOutput(`double.${i}.image`, image, ['I + R', d])
  }
  const layers = Array.from({ length: config.num_single_layers }, (_, i) =>
    flux2SingleLayers(e, `single_transformer_blocks.${i}`, single, widths),
  )
  const x = concat(g, [image, text], 0) // [S, D]
  const last = singleBlocks(e, x, layers, control, { ...options, width: d })
  // By name: their order differs between the two file layouts (see flux2Tensors).
  const scale = bareLinear(e, conditioned, 'norm_out.scale', [d, d])
  const shift = bareLinear(e, conditioned, 'norm_out.shift', [d, d])
  const modulated = modulate(e, last, lastScaleAndShift(e, { scale, shift }))
  e.floatOutput('velocity', bareLinear(e, modulated, 'proj_out', [d, c]), [
    options.rows === 'image' ? 'I + R' : 'I',
    c,
  ])
  return g.finish()
}

/** Flux2TimestepGuidanceEmbeddings without guidance: [1, D]. */
function timeEmbedding(e: Emitter, d: number): Value {
  const name = 'time_guidance_embed.timestep_embedder'
  const features = e.floatInput('time_features', [1, TIME_FEATURES])
  const hidden = silu(e.g, bareLinear(e, features, `${name}.linear_1`, [TIME_FEATURES, d]))
  return bareLinear(e, hidden, `${name}.linear_2`, [d, d])
}

function doubleModulation(e: Emitter, conditioned: Value, name: string, d: number): [Gated, Gated] {
  return modulations(e, conditioned, name, [d, 2]) as [Gated, Gated]
}
