/** A graph under construction together with the weights it draws on and the type it computes in. */

import type { ExternalTensor, Graph, Value } from '../../onnx/graph.ts'
import { cast, ones } from '../../onnx/ops.ts'
import type { ElementType } from '../../onnx/tensor.ts'

/** Features or channels that go into a layer, and that come out. */
export type FromTo = readonly [from: number, to: number]

/** Float32 on a CPU, bfloat16 (or float16) on a GPU. */
export type ComputeType = Extract<ElementType, 'F32' | 'F16' | 'BF16'>

/**
 * Stands in for a checkpoint and writes down what is asked of it: the names and shapes that a graph
 * needs, without a file.
 */
export class TensorRecorder extends Map<string, ExternalTensor> {
  /** Takes note of a tensor and gives one of that shape; nothing lies behind it. */
  record(key: string, dims: readonly number[]): ExternalTensor {
    const tensor: ExternalTensor = { type: 'F32', dims, file: '/nowhere', offset: 0, length: 0 }
    this.set(key, tensor)
    return tensor
  }
}

export class Emitter {
  readonly g: Graph
  readonly compute: ComputeType
  readonly #tensors: ReadonlyMap<string, ExternalTensor>
  readonly #cast = new Map<string, Value>()
  readonly #ones = new Map<number, Value>()

  constructor(g: Graph, tensors: ReadonlyMap<string, ExternalTensor>, compute: ComputeType) {
    this.g = g
    this.compute = compute
    this.#tensors = tensors
  }

  /**
   * A weight by the checkpoint's own key, in the compute type.
   *
   * @throws Error if the checkpoint has no such tensor, or with another shape
   */
  weight(key: string, dims: readonly number[]): Value {
    const tensor =
      this.#tensors instanceof TensorRecorder
        ? this.#tensors.record(key, dims)
        : this.#tensors.get(key)
    if (tensor === undefined) throw new Error(`the checkpoint has no tensor ${key}`)
    if (tensor.dims.length !== dims.length || tensor.dims.some((dim, i) => dim !== dims[i]))
      throw new Error(`${key} is [${tensor.dims}] in the checkpoint and should be [${dims}]`)
    const stored = this.g.weight(key, tensor)
    if (tensor.type === this.compute) return stored
    const known = this.#cast.get(key) ?? this.g.castWeight(stored, this.compute)
    this.#cast.set(key, known)
    return known
  }

  /** A row of ones, the scale of every norm without weights; one a width. */
  ones(width: number): Value {
    const known = this.#ones.get(width) ?? ones(this.g, width, this.compute)
    this.#ones.set(width, known)
    return known
  }

  /** A float32 value in the compute type. */
  castToCompute(value: Value): Value {
    return this.compute === 'F32' ? value : cast(this.g, value, this.compute)
  }

  /**
   * A float32 input of the graph, in the compute type: bfloat16 cannot cross the border of the Node
   * binding.
   */
  floatInput(name: string, dims: readonly (number | string)[]): Value {
    return this.castToCompute(this.g.input(name, 'F32', dims))
  }

  /** Makes a value of the compute type a float32 output. */
  floatOutput(name: string, value: Value, dims: readonly (number | string)[]): void {
    this.g.output(name, this.compute === 'F32' ? value : cast(this.g, value, 'F32'), 'F32', dims)
  }
}
