/**
 * Host tensors for the inputs that the graphs of all transformers share: the lengths of the sequence,
 * positions, the views and the injection of the method's control, and what changes with each step.
 */

import type { TokenGrid } from '../../../../shared/token-grid.ts'
import { floats, indices, type Tensor } from '../../../onnx/tensor.ts'
import { type Control, type Streams, wholeStreams } from '../../../sampler/control.ts'
import type { ComputeType } from '../emitter.ts'
import { ropeTable } from './rope.ts'
import { timeFeatures } from './time-features.ts'

/** Head dimensions of each axis of the position ids, and the base of the rotation. */
export type RopeAxes = { readonly dims: readonly number[]; readonly theta: number }

/** A transformer's position ids, with one number per axis. */
export type Positions = RopeAxes & {
  readonly text: (index: number) => readonly number[]
  readonly target: (row: number, col: number) => readonly number[]
  readonly reference: (row: number, col: number) => readonly number[]
}

/** What decides the positions of a run's tokens. */
export type PlacedControl = {
  readonly grid: TokenGrid
  readonly control: Control
  readonly streams?: Streams | undefined
}

/** All that stays the same during a run, but text, reference and guidance. */
export function controlInputs(
  positions: Positions,
  { grid, control, streams = wholeStreams(grid.rows * grid.cols) }: PlacedControl,
  textCount: number,
): Record<string, Tensor> {
  const { target, reference, positions: kind } = streams
  const text = Array.from({ length: textCount }, (_, i) => positions.text(i))
  const image = (kind: 'target' | 'reference', tokens: readonly number[]) =>
    tokens.map((index) => positions[kind](Math.floor(index / grid.cols), index % grid.cols))
  const native = [...text, ...image('target', target), ...image(kind, reference)]
  return {
    ...sequenceInputs(textCount, target.length, reference.length),
    ...ropeInputs('', native, positions),
    ...ropeInputs('view_', image(kind, control.viewPositions), positions),
    ...ropeInputs('double_view_', image(kind, control.doubleViewPositions), positions),
    view_index: indices(control.viewTokens),
    double_view_index: indices(control.doubleViewTokens),
    alone_index: indices(control.aloneTokens),
    inject_from: indices(control.injectFrom),
  }
}

/** The latents of a step [I, C], their noise level, and the strength of injection. */
export type Step = {
  readonly latents: Float32Array
  readonly sigma: number
  readonly lambda: number
}

/** Inputs of one step. */
export function stepInputs(
  { injectMask }: Control,
  { latents, sigma, lambda }: Step,
  compute: ComputeType,
): Record<string, Tensor> {
  const count = injectMask.length
  return {
    latents: floats(latents, count, latents.length / count),
    time_features: floats(timeFeatures(sigma, compute), 1, 256),
    inject_weight: floats(
      injectMask.map((mask) => mask * lambda),
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

/** `{prefix}cos` and `{prefix}sin` of some tokens' position ids. */
export function ropeInputs(
  prefix: string,
  ids: readonly (readonly number[])[],
  { dims, theta }: RopeAxes,
): Record<string, Tensor> {
  const perAxis = dims.map((_, axis) => ids.map((id) => id[axis] as number))
  const { cos, sin, width } = ropeTable(perAxis, dims, theta)
  return {
    [`${prefix}cos`]: floats(cos, 1, ids.length, width),
    [`${prefix}sin`]: floats(sin, 1, ids.length, width),
  }
}
