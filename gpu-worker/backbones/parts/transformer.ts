/**
 * A transformer of FLUX.1's blocks as a graph: latents, reference, text and conditioning in, velocity
 * out, with the method's control as inputs (diffusers transformer_flux.py, transformer_longcat_image.py;
 * paper, III-C2 and III-D). Knows tensor names, but nothing of files or sampling.
 */

import type { Value } from '../../onnx/graph.ts'
import { concat, silu, split } from '../../onnx/ops.ts'
import { targetAndOthers } from './attention.ts'
import {
  doubleBlock,
  lastParallelBlock,
  lastScaleAndShift,
  linearLayer,
  modulate,
  parallelBlock,
  type SingleLayers,
  singleLayers,
  type Widths,
} from './blocks.ts'
import type { Emitter } from './emitter.ts'
import { type ControlValues, controlValues } from './sequence/control-values.ts'

/** Sizes of a transformer, from its config. */
export type TransformerSizes = {
  readonly in_channels: number
  /** Features of a token of the output; those of the input if absent. */
  readonly out_channels?: number | null | undefined
  readonly num_layers: number
  readonly num_single_layers: number
  readonly attention_head_dim: number
  readonly num_attention_heads: number
  readonly joint_attention_dim: number
  readonly mlp_ratio: number
}

/** The widths of a transformer. */
export function widthsOf(sizes: TransformerSizes): Widths {
  const model = sizes.num_attention_heads * sizes.attention_head_dim
  return {
    model,
    head: sizes.attention_head_dim,
    heads: sizes.num_attention_heads,
    mlp: Math.round(model * sizes.mlp_ratio),
  }
}

/**
 * `rows`: output target rows only, or all image rows. `control`: whether the method's control is an
 * input. `blocks`: also output the result of every block, as `double.{i}.text`, `double.{i}.image` and
 * `single.{i}` (text, then image), to compare it with another implementation. `stoppable`: an aborted
 * run ends after the current block.
 */
export type GraphOptions = {
  readonly rows?: 'target' | 'image'
  readonly control?: boolean
  readonly blocks?: boolean
  readonly stoppable?: boolean
}

/**
 * Writes the graph. Inputs (T text, I target, R reference tokens):
 *
 * - `latents` [I, C], `reference` [R, C], `text` [T, joint]
 * - those of `conditioning` and of {@link controlValues}
 *
 * Output: `velocity` [I, O], or of all image rows [I + R, O]. Float inputs and outputs are float32
 * for every compute type.
 *
 * @param conditioning adds the inputs of time and of whatever else every block is conditioned on;
 *   returns one row [1, D]
 */
export function transformerGraph(
  e: Emitter,
  sizes: TransformerSizes,
  conditioning: (width: number) => Value,
  options: GraphOptions,
): Uint8Array {
  const { g } = e
  const widths = widthsOf(sizes)
  const d = widths.model
  const c = sizes.in_channels
  const out = sizes.out_channels ?? c

  const latents = e.floatInput('latents', ['I', c])
  const reference = e.floatInput('reference', ['R', c])
  const encoded = e.floatInput('text', ['T', sizes.joint_attention_dim])
  const control = controlValues(e, widths, options.control ?? true)
  const conditioned = silu(g, conditioning(d)) // [1, D]
  const context = { ...control, conditioned, widths }
  let image = linearLayer(e, concat(g, [latents, reference], 0), 'x_embedder', [c, d]) // [I + R, D]
  let text = linearLayer(e, encoded, 'context_embedder', [sizes.joint_attention_dim, d]) // [T, D]
  for (let i = 0; i < sizes.num_layers; i++) {
    const name = `transformer_blocks.${i}`
    ;({ text, image } = doubleBlock(e, name, { text, image }, context))
    image = e.stopPoint(image)
    if (options.blocks !== true) continue
    e.floatOutput(`double.${i}.text`, text, ['T', d])
    e.floatOutput(`double.${i}.image`, image, ['I + R', d])
  }
  const layers = Array.from({ length: sizes.num_single_layers }, (_, i) =>
    singleLayers(e, `single_transformer_blocks.${i}`, context),
  )
  const x = concat(g, [image, text], 0) // [S, D]
  const last = singleBlocks(e, x, layers, control, { ...options, width: d })
  // Scale and shift by name: their order differs between the two file layouts (see layouts.ts).
  const scale = linearLayer(e, conditioned, 'norm_out.scale', [d, d])
  const shift = linearLayer(e, conditioned, 'norm_out.shift', [d, d])
  const modulated = modulate(e, last, lastScaleAndShift(e, { scale, shift }))
  const velocity = linearLayer(e, modulated, 'proj_out', [d, out])
  e.floatOutput('velocity', velocity, [options.rows === 'image' ? 'I + R' : 'I', out])
  return g.finish()
}

/**
 * The single blocks on x [S, D]: target rows [I, D], or with `rows: 'image'` all image rows [I + R, D].
 * Where only target rows are asked for, the last block computes no others.
 */
export function singleBlocks(
  e: Emitter,
  x: Value,
  layers: readonly SingleLayers[],
  control: ControlValues,
  { rows, blocks, width }: GraphOptions & { readonly width: number },
): Value {
  const { g } = e
  const targetAlone = rows !== 'image' && blocks !== true
  let all = x
  for (const [i, one] of layers.entries()) {
    if (targetAlone && i + 1 === layers.length) return lastParallelBlock(e, all, one, control)
    all = e.stopPoint(parallelBlock(e, all, one, control))
    if (blocks !== true) continue
    const [image, text] = split(g, all, control.sequence.streamLengths, 2, 0) as [Value, Value]
    e.floatOutput(`single.${i}`, concat(g, [text, image], 0), ['S', width])
  }
  const { sequence } = control
  if (rows !== 'image') return targetAndOthers(g, sequence, all).target
  const [image] = split(g, all, sequence.streamLengths, 2, 0) as [Value, Value]
  return image
}
