/**
 * Host tensors for the inputs of a FLUX.1 graph. Knows the graph's input names and FLUX.1's
 * position ids; runs nothing.
 */

import { floats, indices, type Tensor } from '../../onnx/tensor.ts'
import type { Control } from '../../sampler/control.ts'
import type { VelocityInputs } from '../family.ts'
import { type PositionIds, ropeTable, tokenPositions } from '../parts/rope.ts'
import type { Flux1Config } from './config.ts'
import { FLUX1_THETA, timeFeatures } from './transformer.ts'

/**
 * First axis of the position ids: 0 for target and text, 1 for the reference image (diffusers
 * pipeline_flux_kontext.py).
 */
const REFERENCE_ID = 1

/** Encoded text: tokens [T, joint] and the pooled vector [1, pooled]. */
export type TextConditioning = { readonly tokens: Tensor; readonly pooled: Tensor }

/** The inputs that stay the same during a run: all but latents, time and strength of injection. */
export function constantInputs(
  config: Flux1Config,
  run: VelocityInputs<TextConditioning>,
): Record<string, Tensor> {
  const { grid, reference, control, guidance, conditioning: text } = run
  const count = grid.rows * grid.cols
  const all = Array.from({ length: count }, (_, i) => i)
  const textCount = text.tokens.dims[0] as number
  const image = tokenPositions(all, grid)
  const native: PositionIds = [
    Float64Array.from([...zeros(textCount), ...zeros(count), ...all.map(() => REFERENCE_ID)]),
    Float64Array.from([...zeros(textCount), ...image.rows, ...image.rows]),
    Float64Array.from([...zeros(textCount), ...image.cols, ...image.cols]),
  ]
  const seen = tokenPositions(control.viewPositions, grid)
  const view: PositionIds = [control.viewPositions.map(() => REFERENCE_ID), seen.rows, seen.cols]
  const inPlace = tokenPositions(control.doubleViewTokens, grid)
  const doubleView: PositionIds = [
    control.doubleViewTokens.map(() => REFERENCE_ID),
    inPlace.rows,
    inPlace.cols,
  ]
  return {
    reference: floats(reference, count, config.in_channels),
    text: text.tokens,
    pooled: text.pooled,
    ...sequenceInputs(textCount, count, count),
    ...ropeInputs('', native, config),
    ...ropeInputs('view_', view, config),
    ...ropeInputs('double_view_', doubleView, config),
    view_index: indices(control.viewTokens),
    double_view_index: indices(control.doubleViewTokens),
    inject_from: indices(control.injectFrom),
    ...(config.guidance_embeds && {
      guidance_features: floats(timeFeatures(guidance ?? 0), 1, 256),
    }),
  }
}

/** The latents of a step, their noise level, and the strength of injection. */
export type Step = {
  readonly latents: Float32Array
  readonly sigma: number
  readonly lambda: number
}

/** Inputs of one step. */
export function stepInputs(
  config: Flux1Config,
  control: Control,
  { latents, sigma, lambda }: Step,
): Record<string, Tensor> {
  const count = control.injectMask.length
  return {
    latents: floats(latents, count, config.in_channels),
    time_features: floats(timeFeatures(sigma), 1, 256),
    inject_weight: floats(
      control.injectMask.map((mask) => mask * lambda),
      count,
      1,
    ),
  }
}

/**
 * The lengths of text, target and reference tokens, in the three forms that the graph needs.
 */
export function sequenceInputs(
  text: number,
  target: number,
  reference: number,
): Record<string, Tensor> {
  return {
    lengths: indices([text, target, reference]),
    other_lengths: indices([text, reference]),
    stream_lengths: indices([text, target + reference]),
  }
}

/** `{prefix}cos` and `{prefix}sin` of some position ids. */
export function ropeInputs(
  prefix: string,
  ids: PositionIds,
  config: Pick<Flux1Config, 'axes_dims_rope'>,
): Record<string, Tensor> {
  const { cos, sin, width } = ropeTable(ids, config.axes_dims_rope, FLUX1_THETA)
  const rows = cos.length / width
  return {
    [`${prefix}cos`]: floats(cos, 1, rows, width),
    [`${prefix}sin`]: floats(sin, 1, rows, width),
  }
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0)
}
