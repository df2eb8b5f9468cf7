/** The inputs of `run-graph` that all transformers share: image and text tokens, time, positions and control. */

import { EditError } from '../../../../shared/errors.ts'
import { floats, type Tensor } from '../../../onnx/tensor.ts'
import type { NamedTensors, RunOptions } from '../component.ts'
import { floatInput, integerInput, positionIds } from '../named-tensors.ts'
import {
  injectedTargets,
  injectionInputs,
  injectWeights,
  type RopeAxes,
  ropeInputs,
  sequenceInputs,
  viewInputs,
} from './inputs.ts'
import { timeFeatures } from './time-features.ts'

/** How `run-graph --list` describes them; A is the number of axes of the position ids. */
export const SEQUENCE_INPUTS =
  'hidden_states [1, S_target+S_ref, C], encoder_hidden_states [1, T, J], timestep [1] (= sigma), img_ids [S, A], txt_ids [T, A] (floats or i64); ' +
  'optional control, all five together: inject_from i64 [S_target], inject_weight [S_target], view_tokens i64 [K], ' +
  'view_positions i64 [K, A], double_view_tokens i64 [K2] (tokens: 0-based rows of the reference), and besides, ' +
  'double_view_positions i64 [K2, A] (default: their own), alone_tokens i64 [J] (the output of each is also computed over the ' +
  'reference alone, and injected where inject_from is S_ref + its place here)'

/**
 * The graph's inputs from named tensors, but for what only one family has.
 *
 * @throws EditError `invalid_request` if a tensor is missing, of another rank or type, or does not fit the others
 */
export function namedSequence(
  inputs: NamedTensors,
  axes: RopeAxes,
  { compute }: Pick<RunOptions, 'compute'>,
): Record<string, Tensor> {
  const hidden = floatInput(inputs, 'hidden_states', 2)
  const text = floatInput(inputs, 'encoder_hidden_states', 2)
  const [count = 0, c = 0] = hidden.dims
  const control = namedControl(inputs, count)
  const { target } = control
  const idsOf = (name: string, tokens: number) =>
    positionIds(inputs, name, tokens, axes.dims.length)
  const imageIds = idsOf('img_ids', count)
  const textIds = idsOf('txt_ids', text.dims[0] as number)
  /** The positions of some rows of the reference: of their own, if the file says nothing. */
  const viewIds = (name: string, rows: readonly number[]) =>
    inputs.has(name)
      ? idsOf(name, rows.length)
      : rows.map((row) => imageIds[target + row] as readonly number[])
  const ids = {
    target: imageIds.slice(0, target),
    reference: imageIds.slice(target),
    text: textIds,
  }
  const view = { tokens: control.view, ids: viewIds('view_positions', control.view) }
  const doubleView = {
    tokens: control.doubleView,
    ids: viewIds('double_view_positions', control.doubleView),
  }
  const targets = injectedTargets(control.weight)
  const sigma = floatInput(inputs, 'timestep', 1).data[0] as number
  return {
    latents: floats(hidden.data.slice(0, target * c), target, c),
    reference: floats(hidden.data.slice(target * c), count - target, c),
    text,
    time_features: floats(timeFeatures(sigma, compute), 1, 256),
    ...sequenceInputs(text.dims[0] as number, target, count - target),
    ...ropeInputs('', [...imageIds, ...textIds], axes),
    ...viewInputs('view_', ids, view, axes),
    ...viewInputs('double_view_', ids, doubleView, axes),
    ...injectionInputs(target, count - target, {
      targets,
      rows: targets.map((token) => control.from[token] as number),
      alone: control.alone,
    }),
    ...injectWeights(control.weight, targets),
  }
}

const CONTROL = [
  'inject_from',
  'inject_weight',
  'view_tokens',
  'view_positions',
  'double_view_tokens',
] as const

/**
 * The control tensors, or the identity without them. With the identity, any split into target and
 * reference computes the plain backbone.
 */
function namedControl(inputs: NamedTensors, count: number) {
  const given = CONTROL.filter((name) => inputs.has(name))
  if (given.length === 0) {
    const target = Math.ceil(count / 2)
    const all = Array.from({ length: count - target }, (_, i) => i)
    return {
      target,
      view: all,
      doubleView: all,
      alone: [0],
      from: new Array<number>(target).fill(0),
      weight: new Float32Array(target),
    }
  }
  const missing = CONTROL.filter((name) => !inputs.has(name))
  if (missing.length > 0)
    throw new EditError(
      'invalid_request',
      `control needs all five tensors or none; missing: ${missing.join(', ')}`,
    )
  const numbers = (name: string) => Array.from(integerInput(inputs, name, 1).data, Number)
  const weight = floatInput(inputs, 'inject_weight', 1).data
  const reference = count - weight.length
  const inRange = (name: string, values: number[], rows = reference) => {
    const bad = values.findIndex((value) => value < 0 || value >= rows)
    if (bad !== -1)
      throw new EditError(
        'invalid_request',
        `${name}[${bad}] is ${values[bad]}, but the reference has ${reference} rows`,
      )
    return values
  }
  const alone = inputs.has('alone_tokens') ? inRange('alone_tokens', numbers('alone_tokens')) : []
  const sources = numbers('inject_from')
  if (sources.length !== weight.length)
    throw new EditError(
      'invalid_request',
      `inject_from has ${sources.length} rows, but inject_weight has ${weight.length}`,
    )
  // The row of a token without injection is arbitrary, and may not exist.
  const from = sources.map((row, i) => (weight[i] === 0 ? 0 : row))
  return {
    target: weight.length,
    view: inRange('view_tokens', numbers('view_tokens')),
    doubleView: inRange('double_view_tokens', numbers('double_view_tokens')),
    // The graph needs one; nothing is injected from it.
    alone: alone.length > 0 ? alone : [0],
    from: inRange('inject_from', from, reference + alone.length),
    weight,
  }
}
