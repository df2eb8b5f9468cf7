/** The inputs of `run-graph` that all transformers share: image and text tokens, time, positions and control. */

import { EditError } from '../../../../shared/errors.ts'
import { floats, indices, type Tensor } from '../../../onnx/tensor.ts'
import type { NamedTensors, RunOptions } from '../component.ts'
import { floatInput, integerInput } from '../named-tensors.ts'
import { type RopeAxes, ropeInputs, sequenceInputs } from './inputs.ts'
import { timeFeatures } from './time-features.ts'

/** How `run-graph --list` describes them; A is the number of axes of the position ids. */
export const SEQUENCE_INPUTS =
  'hidden_states [1, S_target+S_ref, C], encoder_hidden_states [1, T, J], timestep [1] (= sigma), img_ids [S, A], txt_ids [T, A]; ' +
  'optional control, all five together: inject_from i64 [S_target], inject_weight [S_target], view_tokens i64 [K], ' +
  'view_positions i64 [K, A], double_view_tokens i64 [K2] (tokens: 0-based rows of the reference), and besides, ' +
  'double_view_positions i64 [K2, A] (default: their own), alone_tokens i64 [J] (the output of each is also computed over the ' +
  'reference alone, and injected where inject_from is S_ref + its place here)'

/**
 * The graph's inputs from named tensors, but for what only one family has.
 *
 * @throws EditError `invalid_request` if a tensor is missing, or of another rank or type
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
  const columns = axes.dims.length
  const idsOf = (name: string, ids: ArrayLike<number>) => {
    if (ids.length % columns !== 0)
      throw new EditError('invalid_request', `${name} must have ${columns} numbers per token`)
    return Array.from({ length: ids.length / columns }, (_, i) =>
      Array.from({ length: columns }, (_, axis) => ids[columns * i + axis] as number),
    )
  }
  const imageIds = idsOf('img_ids', floatInput(inputs, 'img_ids', 2).data)
  const textIds = idsOf('txt_ids', floatInput(inputs, 'txt_ids', 2).data)
  const inPlace = (rows: readonly number[]) =>
    rows.map((row) => imageIds[target + row] as readonly number[])
  const view =
    control.positions === null ? inPlace(control.view) : idsOf('view_positions', control.positions)
  const doubleView =
    control.doublePositions === null
      ? inPlace(control.doubleView)
      : idsOf('double_view_positions', control.doublePositions)
  const sigma = floatInput(inputs, 'timestep', 1).data[0] as number
  return {
    latents: floats(hidden.data.slice(0, target * c), target, c),
    reference: floats(hidden.data.slice(target * c), count - target, c),
    text,
    time_features: floats(timeFeatures(sigma, compute), 1, 256),
    ...sequenceInputs(text.dims[0] as number, target, count - target),
    ...ropeInputs('', [...textIds, ...imageIds], axes),
    ...ropeInputs('view_', view, axes),
    ...ropeInputs('double_view_', doubleView, axes),
    view_index: indices(control.view),
    double_view_index: indices(control.doubleView),
    alone_index: indices(control.alone),
    inject_from: indices(control.from),
    inject_weight: floats(control.weight, target, 1),
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
      positions: null,
      doubleView: all,
      doublePositions: null,
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
  const numbers = (name: string, rank: number) =>
    Array.from(integerInput(inputs, name, rank).data, Number)
  const weight = floatInput(inputs, 'inject_weight', 1).data
  const reference = count - weight.length
  const inRange = (name: string, values: number[]) => {
    const bad = values.findIndex((value) => value < 0 || value >= reference)
    if (bad !== -1)
      throw new EditError(
        'invalid_request',
        `${name}[${bad}] is ${values[bad]}, but the reference has ${reference} rows`,
      )
    return values
  }
  return {
    target: weight.length,
    view: inRange('view_tokens', numbers('view_tokens', 1)),
    positions: numbers('view_positions', 2),
    doubleView: inRange('double_view_tokens', numbers('double_view_tokens', 1)),
    doublePositions: inputs.has('double_view_positions')
      ? numbers('double_view_positions', 2)
      : null,
    alone: inputs.has('alone_tokens') ? inRange('alone_tokens', numbers('alone_tokens', 1)) : [0],
    // The row of a token without injection is arbitrary, and may not exist.
    from: numbers('inject_from', 1).map((row, i) => (weight[i] === 0 ? 0 : row)),
    weight,
  }
}
