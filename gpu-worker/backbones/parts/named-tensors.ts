/** The named tensors of `run-graph`: reads and checks its inputs, and runs a graph once. */

import { EditError } from '../../../shared/errors.ts'
import { Session, type SessionOptions } from '../../onnx/session.ts'
import { floats, type Tensor } from '../../onnx/tensor.ts'
import type { NamedTensors } from './component.ts'

/**
 * A float32 input in rank `rank`, without its batch axis of 1. @throws EditError `invalid_request`
 */
export function floatInput(
  inputs: NamedTensors,
  name: string,
  rank: number,
): Tensor & { type: 'F32' } {
  const tensor = unbatched(inputs, name, rank)
  if (tensor.type !== 'F32')
    throw new EditError('invalid_request', `${name} is ${tensor.type}, but must be F32`)
  return tensor
}

/**
 * An int64 input in rank `rank`, without its batch axis of 1. @throws EditError `invalid_request`
 */
export function integerInput(
  inputs: NamedTensors,
  name: string,
  rank: number,
): Tensor & { type: 'I64' } {
  const tensor = unbatched(inputs, name, rank)
  if (tensor.type !== 'I64')
    throw new EditError('invalid_request', `${name} is ${tensor.type}, but must be I64`)
  return tensor
}

/**
 * Position ids, which some pipelines have as float32 and some as int64: one row of numbers per token.
 *
 * @throws EditError `invalid_request` also for another number of tokens or of axes
 */
export function positionIds(
  inputs: NamedTensors,
  name: string,
  tokens: number,
  axes: number,
): number[][] {
  const { dims, data, type } = unbatched(inputs, name, 2)
  if (dims[1] !== axes)
    throw new EditError('invalid_request', `${name} must have ${axes} numbers per token`)
  if (dims[0] !== tokens)
    throw new EditError(
      'invalid_request',
      `${name} has ${dims[0]} rows, but there are ${tokens} tokens`,
    )
  const numbers = type === 'F32' ? data : Array.from(data, Number)
  return Array.from({ length: tokens }, (_, i) =>
    Array.from(numbers.slice(axes * i, axes * (i + 1))),
  )
}

/**
 * `input_ids` and `attention_mask` of a language model.
 *
 * @throws EditError `invalid_request` also for an id that is not in the vocabulary, and for another number of
 * marks than ids
 */
export function tokenizedInput(inputs: NamedTensors, vocabulary: number) {
  const numbers = (name: string) => Array.from(integerInput(inputs, name, 1).data, Number)
  const [ids, attended] = [numbers('input_ids'), numbers('attention_mask')]
  const unknown = ids.find((id) => id < 0 || id >= vocabulary)
  if (unknown !== undefined)
    throw new EditError(
      'invalid_request',
      `input_ids has ${unknown}, but the vocabulary has ${vocabulary} tokens`,
    )
  if (ids.length !== attended.length)
    throw new EditError(
      'invalid_request',
      `attention_mask has ${attended.length} marks, but there are ${ids.length} tokens`,
    )
  return { ids, attended }
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
      `${name} is [${tensor.dims}], but must have rank ${rank}, or ${rank + 1} with a batch axis of 1`,
    )
  return { ...tensor, dims }
}

/** What onnxruntime says of an input with other dimensions than the graph's. */
const SHAPES = /^Got invalid dimensions for input/

/** Runs a graph once. @throws EditError `invalid_request` for an input of another width */
export async function runOnce(
  model: Uint8Array,
  options: SessionOptions,
  inputs: Record<string, Tensor>,
  output: string,
): Promise<Tensor & { type: 'F32' }> {
  const session = await Session.create(model, options)
  try {
    const { outputs } = await session.run(inputs).catch((error: Error) => {
      throw SHAPES.test(error.message)
        ? new EditError('invalid_request', error.message.split('\n').slice(0, 2).join(''))
        : error
    })
    const tensor = outputs[output]
    if (tensor?.type !== 'F32') throw new Error(`the graph returned no float output ${output}`)
    return tensor
  } finally {
    await session.close()
  }
}

/** Adds a batch axis of 1. */
export function batched(tensor: Tensor & { type: 'F32' }): Tensor {
  return floats(tensor.data, 1, ...tensor.dims)
}
