/** The LongCat-Image transformer as a graph: FLUX.1's blocks, conditioned on time alone. */

import { type ExternalTensor, Graph } from '../../../onnx/graph.ts'
import { embedder } from '../../parts/blocks.ts'
import { type ComputeType, Emitter } from '../../parts/emitter.ts'
import { TIME_FEATURES } from '../../parts/sequence/time-features.ts'
import { type GraphOptions, transformerGraph } from '../../parts/transformer.ts'
import type { LongcatConfig } from './config.ts'
import { longcatTensors } from './tensors.ts'

/**
 * Writes the graph: {@link transformerGraph} with the input `time_features` [1, 256] (see
 * time-features.ts).
 */
export function longcatGraph(
  config: LongcatConfig,
  tensors: ReadonlyMap<string, ExternalTensor>,
  compute: ComputeType,
  options: GraphOptions = {},
): Uint8Array {
  const e = new Emitter(new Graph(), longcatTensors(tensors), compute, options.stoppable)
  const conditioning = (width: number) => {
    const features = e.floatInput('time_features', [1, TIME_FEATURES])
    return embedder(e, features, 'time_embed.timestep_embedder', [TIME_FEATURES, width]) // [1, D]
  }
  return transformerGraph(e, config, conditioning, options)
}
