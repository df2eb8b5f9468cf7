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

/** Runs a graph once. */
export async function runOnce(
  model: Uint8Array,
  options: SessionOptions,
  inputs: Record<string, Tensor>,
  output: string,
): Promise<Tensor & { type: 'F32' }> {
  const session = await Session.create(model, options)
  try {
    const { outputs } = await session.run(inputs)
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
