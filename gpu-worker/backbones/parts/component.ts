/**
 * A kind of component (a transformer, an autoencoder, a text encoder): what a config of it asks a
 * checkpoint for, and its graphs, each runnable on named tensors. Knows no family.
 */

import type { Component } from '../../checkpoint/layout.ts'
import type { ExternalTensor } from '../../onnx/graph.ts'
import type { ExecutionProvider } from '../../onnx/session.ts'
import type { Tensor } from '../../onnx/tensor.ts'
import type { ComputeType, TensorRecorder } from './emitter.ts'

export type Tensors = ReadonlyMap<string, ExternalTensor>

export type ComponentKind = {
  /** Writes the component's graphs, so that the recorder learns names and shapes. */
  readonly expect: (config: unknown, recorder: TensorRecorder) => void
  /** A checkpoint's tensors under the names that the graphs use. */
  readonly named: (tensors: Tensors) => Tensors
  /** Opens it in a checkpoint folder; the folder of its own name where this is not set. */
  readonly open?: (folder: string) => Promise<Component>
  /** Its graphs for `run-graph`, by their names there. */
  readonly graphs: Readonly<Record<string, RunnableGraph>>
}

/** Tensors by name, as they lie in a file. */
export type NamedTensors = ReadonlyMap<string, Tensor>

/** How a graph is run. */
export type RunOptions = {
  readonly compute: ComputeType
  readonly provider: ExecutionProvider
  readonly threads: number
}

/**
 * A graph that runs by itself, to be compared with another implementation. Names of inputs and
 * outputs are diffusers' and transformers' own; a leading batch axis of 1 is accepted and returned.
 */
export type RunnableGraph = {
  /** What it takes and gives, for `run-graph --list`. */
  readonly inputs: string
  readonly outputs: string
  readonly run: (
    component: Component,
    inputs: NamedTensors,
    options: RunOptions,
  ) => Promise<Record<string, Tensor>>
}
