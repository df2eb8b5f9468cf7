/** The FLUX.1 transformer as a graph, conditioned on time, guidance and pooled text. */

import { type ExternalTensor, Graph, type Value } from '../../onnx/graph.ts'
import { add } from '../../onnx/ops.ts'
import { embedder } from '../parts/blocks.ts'
import { type ComputeType, Emitter } from '../parts/emitter.ts'
import { TIME_FEATURES } from '../parts/sequence/time-features.ts'
import { type GraphOptions, transformerGraph } from '../parts/transformer.ts'
import type { Flux1Config } from './config.ts'
import { flux1Tensors } from './tensors.ts'

/**
 * Writes the graph: {@link transformerGraph} with the inputs `time_features` [1, 256], `pooled` [1,
 * pooled] and, with guidance_embeds, `guidance_features` [1, 256] (see time-features.ts).
 */
export function flux1Graph(
  config: Flux1Config,
  tensors: ReadonlyMap<string, ExternalTensor>,
  compute: ComputeType,
  options: GraphOptions = {},
): Uint8Array {
  const e = new Emitter(new Graph(), flux1Tensors(tensors), compute, options.stoppable)
  return transformerGraph(e, config, (width) => conditioning(e, config, width), options)
}

/**
 * Sum of the embedders of time, guidance and pooled text
 * (CombinedTimestepGuidanceTextProjEmbeddings).
 */
function conditioning(e: Emitter, config: Flux1Config, d: number): Value {
  const name = 'time_text_embed'
  const time = embedder(
    e,
    e.floatInput('time_features', [1, TIME_FEATURES]),
    `${name}.timestep_embedder`,
    [TIME_FEATURES, d],
  )
  const pooledInput = e.floatInput('pooled', [1, config.pooled_projection_dim])
  const pooled = embedder(e, pooledInput, `${name}.text_embedder`, [
    config.pooled_projection_dim,
    d,
  ])
  if (!config.guidance_embeds) return add(e.g, time, pooled)
  const features = e.floatInput('guidance_features', [1, TIME_FEATURES])
  const guidance = embedder(e, features, `${name}.guidance_embedder`, [TIME_FEATURES, d])
  return add(e.g, add(e.g, time, guidance), pooled)
}
