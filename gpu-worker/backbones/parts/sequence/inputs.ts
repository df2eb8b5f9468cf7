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
  const ids = { target: image('target', target), reference: image(kind, reference), text }
  const view = { tokens: control.viewTokens, ids: image(kind, control.viewPositions) }
  const doubleView = {
    tokens: control.doubleViewTokens,
    ids: image(kind, control.doubleViewPositions),
  }
  const targets = injectedTargets(control.injectMask)
  return {
    ...sequenceInputs(textCount, target.length, reference.length),
    ...ropeInputs('', [...ids.target, ...ids.reference, ...ids.text], positions),
    ...viewInputs('view_', ids, view, positions),
    ...viewInputs('double_view_', ids, doubleView, positions),
    ...injectionInputs(target.length, reference.length, {
      targets,
      rows: targets.map((token) => control.injectFrom[token] as number),
      alone: control.aloneTokens,
    }),
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
  { injectMask }: Pick<Control, 'injectMask'>,
  { latents, sigma, lambda }: Step,
  compute: ComputeType,
): Record<string, Tensor> {
  const count = injectMask.length
  return {
    latents: floats(latents, count, latents.length / count),
    time_features: floats(timeFeatures(sigma, compute), 1, 256),
    ...injectWeights(
      injectMask.map((mask) => mask * lambda),
      injectedTargets(injectMask),
    ),
  }
}

/**
 * The lengths of target, reference and text tokens, in the four forms that the graph needs.
 */
export function sequenceInputs(
  text: number,
  target: number,
  reference: number,
): Record<string, Tensor> {
  return {
    query_lengths: indices([target, reference + text]),
    image_lengths: indices([target, reference]),
    other_lengths: indices([reference, text]),
    stream_lengths: indices([target + reference, text]),
  }
}

type Ids = readonly (readonly number[])[]

/**
 * The keys of a view: all target tokens, the view's reference tokens and all text tokens, as rows of
 * the sequence, and their position ids.
 */
export function viewInputs(
  prefix: string,
  { target, reference, text }: Readonly<Record<'target' | 'reference' | 'text', Ids>>,
  view: { readonly tokens: readonly number[]; readonly ids: Ids },
  axes: RopeAxes,
): Record<string, Tensor> {
  const first = target.length + reference.length
  const rows = [
    ...target.keys(),
    ...view.tokens.map((token) => target.length + token),
    ...text.map((_, i) => first + i),
  ]
  return {
    [`${prefix}index`]: indices(rows),
    ...ropeInputs(prefix, [...target, ...view.ids, ...text], axes),
  }
}

/**
 * The target tokens into which something is injected: those with a weight other than 0. The graph
 * needs one; a weight of 0 injects nothing.
 */
export function injectedTargets(weights: Float32Array): number[] {
  const targets = Array.from(weights.keys()).filter((i) => weights[i] !== 0)
  return targets.length === 0 ? [0] : targets
}

/** The weights of the injected targets, from those of all. */
export function injectWeights(
  weights: Float32Array,
  targets: readonly number[],
): Record<string, Tensor> {
  const values = Float32Array.from(targets, (target) => weights[target] as number)
  return { inject_weight: floats(values, targets.length, 1) }
}

/**
 * What is injected into each of `targets`: `rows` are reference tokens, or `reference` + j for the
 * output of the j-th of the `alone` tokens over the reference alone.
 */
export function injectionInputs(
  target: number,
  reference: number,
  {
    targets,
    rows,
    alone,
  }: {
    readonly targets: readonly number[]
    readonly rows: readonly number[]
    readonly alone: readonly number[]
  },
): Record<string, Tensor> {
  const tokenOf = (row: number) => (row < reference ? row : (alone[row - reference] as number))
  const sources = [...new Set(rows.map(tokenOf))]
  const placeOf = new Map(sources.map((token, place) => [token, place]))
  const places = rows.map((row) => placeOf.get(tokenOf(row)) as number)
  const isAlone = (i: number) => (rows[i] as number) >= reference
  const alonePlaces = [...new Set(places.filter((_, i) => isAlone(i)))]
  const seen = alonePlaces.length === 0 ? 1 : reference
  return {
    inject_sources: indices(sources),
    // Attention without queries or keys is not defined; this costs one of each.
    alone_index: indices(alonePlaces.length === 0 ? [0] : alonePlaces),
    alone_keys: indices(Array.from({ length: seen }, (_, i) => target + i)),
    inject_from: indices(
      places.map((place, i) => (isAlone(i) ? sources.length + alonePlaces.indexOf(place) : place)),
    ),
    inject_to: { ...indices(targets), dims: [targets.length, 1] } as Tensor,
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
