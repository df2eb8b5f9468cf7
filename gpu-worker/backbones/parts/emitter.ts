/** A graph under construction, with its weights and compute type. */

import type { ExternalTensor, Graph, Value } from '../../onnx/graph.ts'
import {
  add,
  blockLinear,
  cast,
  constantRow,
  gather,
  linear,
  mul,
  stopPoint,
} from '../../onnx/ops.ts'
import { type ExecutionProvider, STOP_INPUT } from '../../onnx/session.ts'
import type { ElementType } from '../../onnx/tensor.ts'

/** Input and output features or channels of a layer. */
export type FromTo = readonly [from: number, to: number]

/** Float32 on a CPU, bfloat16 (or float16) on a GPU. */
export type ComputeType = Extract<ElementType, 'F32' | 'F16' | 'BF16'>

/** The compute type of released transformers and their text encoders. */
export function computeOn(provider: ExecutionProvider): ComputeType {
  return provider === 'cuda' ? 'BF16' : 'F32'
}

/**
 * Replaces a checkpoint, and records the names and shapes of the tensors that a graph needs,
 * without any file.
 */
export class TensorRecorder extends Map<string, ExternalTensor> {
  /** Records a tensor and returns a placeholder of that shape. */
  record(key: string, dims: readonly number[]): ExternalTensor {
    const tensor: ExternalTensor = { type: 'F32', dims, file: '/nowhere', offset: 0, length: 0 }
    this.set(key, tensor)
    return tensor
  }
}

/** Rows `from` to `to` of a tensor, as a part of its byte range. */
export function rowRange(tensor: ExternalTensor, from: number, to: number): ExternalTensor {
  const [count = 0, ...rest] = tensor.dims
  const rowBytes = tensor.length / count
  const { scale, blocks } = tensor
  return {
    ...tensor,
    dims: [to - from, ...rest],
    offset: tensor.offset + from * rowBytes,
    length: (to - from) * rowBytes,
    ...(scale !== undefined && scale.dims.length > 1 && { scale: rowRange(scale, from, to) }),
    ...(blocks !== undefined && {
      blocks: { ...blocks, scales: rowRange(blocks.scales, from, to) },
    }),
  }
}

export class Emitter {
  readonly g: Graph
  readonly compute: ComputeType
  readonly #tensors: ReadonlyMap<string, ExternalTensor>
  readonly #weights = new Map<string, Value>()
  readonly #constants = new Map<string, Value>()
  readonly #stoppable: boolean
  #stop: Value | null = null

  /** @param stoppable whether {@link stopPoint} adds points at which a run can be stopped */
  constructor(
    g: Graph,
    tensors: ReadonlyMap<string, ExternalTensor>,
    compute: ComputeType,
    stoppable = false,
  ) {
    this.g = g
    this.compute = compute
    this.#tensors = tensors
    this.#stoppable = stoppable
  }

  /**
   * `x` unchanged. In a stoppable graph, a run that is aborted ends here; place it between blocks.
   */
  stopPoint(x: Value): Value {
    if (!this.#stoppable) return x
    this.#stop ??= this.g.input(STOP_INPUT, 'I64', [])
    return stopPoint(this.g, x, this.#stop)
  }

  /**
   * A weight by the checkpoint's own key, in the compute type.
   *
   * @throws Error if the checkpoint does not have the tensor, or has it with another shape
   */
  weight(key: string, dims: readonly number[]): Value {
    const tensor = this.#tensor(key, dims)
    const known = this.#weights.get(key) ?? this.#scaled(key, tensor)
    this.#weights.set(key, known)
    return known
  }

  /**
   * Rows `from` to `to` of a weight, as {@link weight}: layers that a checkpoint has fused are computed
   * one by one, because to take the fused result apart would copy it.
   */
  weightRows(key: string, dims: readonly number[], [from, to]: FromTo): Value {
    const name = `${key}[${from}:${to}]`
    const known =
      this.#weights.get(name) ?? this.#scaled(name, rowRange(this.#tensor(key, dims), from, to))
    this.#weights.set(name, known)
    return known
  }

  /**
   * `x W^T + b`: [S, from] to [S, to] with the weight `key` [to, from], stored as floats or in blocks.
   *
   * @param rows of the weight, if only some; all if undefined
   * @throws Error as {@link weight}
   */
  linear(
    x: Value,
    key: string,
    dims: readonly [to: number, from: number],
    bias: Value | null,
    rows?: FromTo,
  ): Value {
    const whole = this.#tensor(key, dims)
    if (whole.blocks === undefined) {
      const weight = rows === undefined ? this.weight(key, dims) : this.weightRows(key, dims, rows)
      return linear(this.g, x, weight, bias)
    }
    const [name, tensor] =
      rows === undefined ? [key, whole] : [`${key}[${rows}]`, rowRange(whole, ...rows)]
    return this.#blockLinear(x, name, tensor, bias)
  }

  #blockLinear(x: Value, name: string, tensor: ExternalTensor, bias: Value | null): Value {
    const { dims, length, blocks } = tensor
    const [rows = 0, columns = 0] = dims
    if (blocks === undefined) throw new Error(`${name} has no blocks`)
    const { bits, size, scales } = blocks
    const count = scales.dims[1] as number
    const codes = this.g.weight(name, { ...tensor, dims: [rows, count, length / rows / count] })
    const weight = {
      codes,
      scales: this.#scaled(`${name}.scales`, scales),
      rows,
      columns,
      bits,
      size,
    }
    if (bias === null || this.compute === 'F32') return blockLinear(this.g, x, weight, bias)
    return add(this.g, blockLinear(this.g, x, weight, null), bias)
  }

  /**
   * Rows of a weight [rows, width] by index. Only these are cast to the compute type: the table of a
   * large vocabulary takes 2 GB in float32.
   *
   * @throws Error as {@link weight}
   */
  rows(key: string, dims: readonly number[], index: Value): Value {
    const tensor = this.#tensor(key, dims)
    const half = tensor.scale === undefined && (tensor.type === 'BF16' || tensor.type === 'F16')
    if (!half || tensor.type === this.compute) return gather(this.g, this.weight(key, dims), index)
    return cast(this.g, gather(this.g, this.g.weight(key, tensor), index), this.compute)
  }

  /** @throws Error if the checkpoint does not have the tensor, or has it with another shape */
  #tensor(key: string, dims: readonly number[]): ExternalTensor {
    const tensor =
      this.#tensors instanceof TensorRecorder
        ? this.#tensors.record(key, dims)
        : this.#tensors.get(key)
    if (tensor === undefined) throw new Error(`the checkpoint has no tensor ${key}`)
    if (tensor.dims.length !== dims.length || tensor.dims.some((dim, i) => dim !== dims[i]))
      throw new Error(`${key} is [${tensor.dims}] in the checkpoint, but should be [${dims}]`)
    return tensor
  }

  /** The weight in the compute type, times its scale. */
  #scaled(key: string, tensor: ExternalTensor): Value {
    if (tensor.blocks !== undefined)
      throw new Error(`${key} is in blocks: it can only be multiplied`)
    const stored = this.g.weight(key, tensor)
    const value = tensor.type === this.compute ? stored : this.g.castWeight(stored, this.compute)
    if (tensor.scale === undefined) return value
    return mul(this.g, value, this.#scaled(`${key}.scale`, tensor.scale))
  }

  /** A row of `width` ones; one per width. */
  ones(width: number): Value {
    return this.#constant(`ones ${width}`, () => new Float32Array(width).fill(1))
  }

  /** A row [3 count width] of ones in the second of each three parts, and zeros elsewhere. */
  onesAtScales(width: number, count: number): Value {
    return this.#constant(`scales ${width} ${count}`, () =>
      new Float32Array(3 * count * width).map((_, i) => (Math.floor(i / width) % 3 === 1 ? 1 : 0)),
    )
  }

  /** A constant row in the compute type, made when first needed. */
  #constant(key: string, values: () => Float32Array): Value {
    const known = this.#constants.get(key) ?? constantRow(this.g, values(), this.compute)
    this.#constants.set(key, known)
    return known
  }

  /** A float32 value in the compute type. */
  castToCompute(value: Value): Value {
    return this.compute === 'F32' ? value : cast(this.g, value, this.compute)
  }

  /**
   * A float32 input of the graph, cast to the compute type, because the Node binding has no
   * bfloat16.
   */
  floatInput(name: string, dims: readonly (number | string)[]): Value {
    return this.castToCompute(this.g.input(name, 'F32', dims))
  }

  /** Makes a value a float32 output of the graph. */
  floatOutput(name: string, value: Value, dims: readonly (number | string)[]): void {
    this.g.output(name, this.compute === 'F32' ? value : cast(this.g, value, 'F32'), 'F32', dims)
  }
}
