/**
 * A kind of component (transformer, autoencoder, text encoder): the tensors it needs for a config,
 * and its graphs, which can be run on named tensors. Knows nothing of families.
 */

import type { TokenGrid } from '../../../shared/token-grid.ts'
import type { Component } from '../../checkpoint/layout.ts'
import type { ExternalTensor } from '../../onnx/graph.ts'
import type { ExecutionProvider } from '../../onnx/session.ts'
import type { Tensor } from '../../onnx/tensor.ts'
import type { ComputeType, TensorRecorder } from './emitter.ts'

export type Tensors = ReadonlyMap<string, ExternalTensor>

export type ComponentKind = {
  /** Writes the component's graphs, so that the recorder records names and shapes. */
  readonly expect: (config: unknown, recorder: TensorRecorder) => void
  /** Renames a checkpoint's tensors to the names in the graphs. */
  readonly named: (tensors: Tensors) => Tensors
  /**
   * Whether the graphs knowingly leave a tensor out: parts of a larger model in the same
   * file. Any other tensor that no graph uses is a fault, because it may change what the used ones
   * mean.
   */
  readonly unused?: (name: string) => boolean
  /** Opens the component in a checkpoint folder; default: from the folder of its name. */
  readonly open?: (folder: string) => Promise<Component>
  /** The graphs for `run-graph`, by name. */
  readonly graphs: Readonly<Record<string, RunnableGraph>>
}

/** Tensors by name, as in a file. */
export type NamedTensors = ReadonlyMap<string, Tensor>

/** Options of `run-graph`. */
export type RunOptions = {
  readonly compute: ComputeType
  readonly provider: ExecutionProvider
  readonly threads: number
  /** Token grid of packed latents, for graphs that cannot know it. */
  readonly grid?: TokenGrid | undefined
  /** Which hidden states a language model returns; 0 is the embedding. */
  readonly hiddenStates?: readonly number[] | undefined
}

/**
 * A graph that can be run alone, to compare it with another implementation. Inputs and outputs are
 * named as in diffusers and transformers; a leading batch axis of 1 is accepted and returned.
 */
export type RunnableGraph = {
  /** Its inputs and outputs, for `run-graph --list`. */
  readonly inputs: string
  readonly outputs: string
  readonly run: (
    component: Component,
    inputs: NamedTensors,
    options: RunOptions,
  ) => Promise<Record<string, Tensor>>
}
