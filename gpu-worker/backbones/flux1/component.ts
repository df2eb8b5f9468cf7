/**
 * Components of checkpoints, each runnable on named tensors: what holds this implementation against
 * another one. Names of inputs and outputs are diffusers' and transformers' own; a leading batch
 * axis of 1 is accepted and returned.
 */

import { EditError } from '../../../shared/errors.ts'
import type { Component } from '../../checkpoint/layout.ts'
import { type Provider, Session } from '../../onnx/session.ts'
import { elementCount, floats, indices, type Tensor } from '../../onnx/tensor.ts'
import {
  AutoencoderConfig,
  autoencoderFactor,
  autoencoderInputs,
  decoderGraph,
  encoderGraph,
} from '../parts/autoencoder/graphs.ts'
import type { ComputeType } from '../parts/emitter.ts'
import { ClipConfig, clipGraph, clipInputs, clipPooledIndex } from '../parts/text/clip.ts'
import { T5Config, t5Buckets, t5Graph } from '../parts/text/t5.ts'
import { ropeInputs, sequenceInputs } from './inputs.ts'
import { Flux1Config, flux1Graph, timeFeatures } from './transformer.ts'

/** Tensors by name, as they lie in a file. */
export type NamedTensors = ReadonlyMap<string, Tensor>

/** How a component is run. */
export type RunOptions = {
  readonly compute: ComputeType
  readonly provider: Provider
  readonly threads: number
}

type Outputs = Record<string, Tensor>

/** One component: what it takes and gives, for `--list`, and how it runs. */
export type RunnableComponent = {
  readonly inputs: string
  readonly outputs: string
  readonly run: (
    component: Component,
    inputs: NamedTensors,
    options: RunOptions,
  ) => Promise<Outputs>
}

/** Every component by its name. */
export const components: Readonly<Record<string, RunnableComponent>> = {
  'flux1-transformer': {
    inputs:
      'hidden_states [1, S_target+S_ref, C], encoder_hidden_states [1, T, J], pooled_projections [1, P], timestep [1] (= sigma), ' +
      'guidance [1], img_ids [S, 3], txt_ids [T, 3]; optional control, all five together: inject_from i64 [S_target], ' +
      'inject_weight [S_target], view_tokens i64 [K], view_positions i64 [K, 3], double_view_tokens i64 [K2] (tokens: 0-based rows of the reference)',
    outputs: 'sample [1, S_target+S_ref, C]',
    run: runFlux1,
  },
  'kl-encoder': {
    inputs: 'x [1, 3, H, W] in [-1, 1]',
    outputs: 'mean [1, z, h, w]',
    run: runEncoder,
  },
  'kl-decoder': { inputs: 'z [1, z, h, w]', outputs: 'sample [1, 3, H, W]', run: runDecoder },
  'clip-text': {
    inputs: 'input_ids i64 [1, T]',
    outputs: 'last_hidden_state [1, T, D], pooler_output [1, D]',
    run: runClip,
  },
  't5-encoder': {
    inputs: 'input_ids i64 [1, T]',
    outputs: 'last_hidden_state [1, T, D]',
    run: runT5,
  },
}

/**
 * A float32 input in rank `rank`, without its batch axis of 1. @throws EditError `invalid_request`
 */
function floatInput(inputs: NamedTensors, name: string, rank: number): Tensor & { type: 'F32' } {
  const tensor = unbatched(inputs, name, rank)
  if (tensor.type !== 'F32')
    throw new EditError('invalid_request', `${name} is ${tensor.type}, not F32`)
  return tensor
}

/**
 * An int64 input in rank `rank`, without its batch axis of 1. @throws EditError `invalid_request`
 */
function integerInput(inputs: NamedTensors, name: string, rank: number): Tensor & { type: 'I64' } {
  const tensor = unbatched(inputs, name, rank)
  if (tensor.type !== 'I64')
    throw new EditError('invalid_request', `${name} is ${tensor.type}, not I64`)
  return tensor
}

function unbatched(inputs: NamedTensors, name: string, rank: number): Tensor {
  const tensor = inputs.get(name)
  if (tensor === undefined)
    throw new EditError('invalid_request', `the input file has no tensor ${name}`)
  const dims =
    tensor.dims.length === rank + 1 && tensor.dims[0] === 1 ? tensor.dims.slice(1) : tensor.dims
  if (dims.length !== rank)
    throw new EditError(
      'invalid_request',
      `${name} is [${tensor.dims}], its rank should be ${rank} (a batch of 1 before it is fine)`,
    )
  return { ...tensor, dims }
}

async function withSession(
  model: Uint8Array,
  options: RunOptions,
  inputs: Record<string, Tensor>,
  output: string,
): Promise<Tensor & { type: 'F32' }> {
  const session = await Session.create(model, options)
  try {
    const { outputs } = await session.run(inputs)
    const tensor = outputs[output]
    if (tensor?.type !== 'F32') throw new Error(`the graph gave no float output ${output}`)
    return tensor
  } finally {
    await session.close()
  }
}

function batched(tensor: Tensor & { type: 'F32' }): Tensor {
  return floats(tensor.data, 1, ...tensor.dims)
}

async function runFlux1(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Outputs> {
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
  return { sample: batched(await withSession(model, options, feeds, 'velocity')) }
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
 * The control tensors, or the identity: then any cut between target and reference gives the plain
 * backbone.
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
      `control is all five tensors or none; ${missing.join(', ')} missing`,
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
        `${name}[${bad}] is ${values[bad]}, the reference has ${reference} rows`,
      )
    return values
  }
  return {
    target: weight.length,
    view: inRange('view_tokens', numbers('view_tokens', 1)),
    positions: numbers('view_positions', 2),
    doubleView: inRange('double_view_tokens', numbers('double_view_tokens', 1)),
    // Where nothing is injected the row is arbitrary, also one that does not exist.
    from: numbers('inject_from', 1).map((row, i) => (weight[i] === 0 ? 0 : row)),
    weight,
  }
}

async function runEncoder(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Outputs> {
  const config = AutoencoderConfig.parse(component.config)
  const x = floatInput(inputs, 'x', 3)
  // Sides that are no multiples are cut off on the way down, as upstream.
  const factor = autoencoderFactor(config)
  const [, height = 0, width = 0] = x.dims
  const feeds = {
    x: batched(x),
    ...autoencoderInputs(config, Math.floor(height / factor), Math.floor(width / factor)),
  }
  const model = encoderGraph(config, component.tensors, options.compute)
  return { mean: await withSession(model, options, feeds, 'mean') }
}

async function runDecoder(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Outputs> {
  const config = AutoencoderConfig.parse(component.config)
  const z = floatInput(inputs, 'z', 3)
  const [, height = 0, width = 0] = z.dims
  const feeds = { z: batched(z), ...autoencoderInputs(config, height, width) }
  const model = decoderGraph(config, component.tensors, options.compute)
  return { sample: await withSession(model, options, feeds, 'sample') }
}

async function runClip(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Outputs> {
  const config = ClipConfig.parse(component.config)
  const ids = integerInput(inputs, 'input_ids', 1)
  const hidden = await withSession(
    clipGraph(config, component.tensors, options.compute),
    options,
    clipInputs(Array.from(ids.data, Number)),
    'last_hidden_state',
  )
  const at = clipPooledIndex(Array.from(ids.data, Number), config.eos_token_id)
  const d = config.hidden_size
  return {
    last_hidden_state: batched(hidden),
    pooler_output: floats(hidden.data.slice(at * d, (at + 1) * d), 1, d),
  }
}

async function runT5(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Outputs> {
  const config = T5Config.parse(component.config)
  const ids = integerInput(inputs, 'input_ids', 1)
  const feeds = { input_ids: ids, buckets: t5Buckets(config, elementCount(ids.dims)) }
  return {
    last_hidden_state: batched(
      await withSession(
        t5Graph(config, component.tensors, options.compute),
        options,
        feeds,
        'last_hidden_state',
      ),
    ),
  }
}
