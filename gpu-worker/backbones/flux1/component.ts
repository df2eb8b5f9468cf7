/** FLUX.1's transformer as a component: the tensors it needs, and its graph on named tensors. */

import { EditError } from '../../../shared/errors.ts'
import type { Component } from '../../checkpoint/layout.ts'
import { floats, indices, type Tensor } from '../../onnx/tensor.ts'
import type { ComponentKind, NamedTensors, RunOptions } from '../parts/component.ts'
import { batched, floatInput, integerInput, runOnce } from '../parts/named-tensors.ts'
import { Flux1Config } from './config.ts'
import { openTransformer } from './folder.ts'
import { ropeInputs, sequenceInputs } from './inputs.ts'
import { flux1Tensors } from './tensors.ts'
import { flux1Graph, timeFeatures } from './transformer.ts'

export const flux1Transformer: ComponentKind = {
  expect: (config, recorder) => flux1Graph(Flux1Config.parse(config), recorder, 'F32'),
  named: flux1Tensors,
  open: openTransformer,
  graphs: {
    'flux1-transformer': {
      inputs:
        'hidden_states [1, S_target+S_ref, C], encoder_hidden_states [1, T, J], pooled_projections [1, P], timestep [1] (= sigma), ' +
        'guidance [1], img_ids [S, 3], txt_ids [T, 3]; optional control, all five together: inject_from i64 [S_target], ' +
        'inject_weight [S_target], view_tokens i64 [K], view_positions i64 [K, 3], double_view_tokens i64 [K2] (tokens: 0-based rows of the reference)',
      outputs: 'sample [1, S_target+S_ref, C]',
      run: runFlux1,
    },
  },
}

async function runFlux1(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = Flux1Config.parse(component.config)
  const hidden = floatInput(inputs, 'hidden_states', 2)
  const text = floatInput(inputs, 'encoder_hidden_states', 2)
  const count = hidden.dims[0] as number
  const c = hidden.dims[1] as number
  const control = fluxControl(inputs, count)
  const { target } = control
  const imageIds = floatInput(inputs, 'img_ids', 2)
  const textIds = floatInput(inputs, 'txt_ids', 2)
  const referenceIds = imageIds.data.slice(3 * target)
  const rope = (prefix: string, ids: ArrayLike<number>) =>
    ropeInputs(
      prefix,
      [0, 1, 2].map((axis) =>
        Float64Array.from({ length: ids.length / 3 }, (_, i) => ids[3 * i + axis] as number),
      ),
      config,
    )
  const idsOf = (rows: readonly number[]) =>
    rows.flatMap((row) => [...referenceIds.slice(3 * row, 3 * row + 3)])
  const features = (name: string) =>
    floats(timeFeatures(floatInput(inputs, name, 1).data[0] as number), 1, 256)
  const feeds: Record<string, Tensor> = {
    latents: floats(hidden.data.slice(0, target * c), target, c),
    reference: floats(hidden.data.slice(target * c), count - target, c),
    text,
    pooled: floats(unbatchedRow(inputs, 'pooled_projections'), 1, config.pooled_projection_dim),
    time_features: features('timestep'),
    ...(config.guidance_embeds && { guidance_features: features('guidance') }),
    ...sequenceInputs(text.dims[0] as number, target, count - target),
    ...rope('', [...textIds.data, ...imageIds.data]),
    ...rope('view_', control.positions ?? idsOf(control.view)),
    ...rope('double_view_', idsOf(control.doubleView)),
    view_index: indices(control.view),
    double_view_index: indices(control.doubleView),
    inject_from: indices(control.from),
    inject_weight: floats(control.weight, target, 1),
  }
  const model = flux1Graph(config, component.tensors, options.compute, { rows: 'image' })
  return { sample: batched(await runOnce(model, options, feeds, 'velocity')) }
}

function unbatchedRow(inputs: NamedTensors, name: string): Float32Array {
  return floatInput(inputs, name, 1).data
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
function fluxControl(inputs: NamedTensors, count: number) {
  const given = CONTROL.filter((name) => inputs.has(name))
  if (given.length === 0) {
    const target = Math.ceil(count / 2)
    const all = Array.from({ length: count - target }, (_, i) => i)
    return {
      target,
      view: all,
      positions: null,
      doubleView: all,
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
    // The row of a token without injection is arbitrary, and may not exist.
    from: numbers('inject_from', 1).map((row, i) => (weight[i] === 0 ? 0 : row)),
    weight,
  }
}
