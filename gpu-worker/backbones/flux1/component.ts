/** FLUX.1's transformer as a component: the tensors it needs, and its graph on named tensors. */

import type { Component } from '../../checkpoint/layout.ts'
import { floats, type Tensor } from '../../onnx/tensor.ts'
import type { ComponentKind, NamedTensors, RunOptions } from '../parts/component.ts'
import { batched, floatInput, runOnce } from '../parts/named-tensors.ts'
import { namedSequence, SEQUENCE_INPUTS } from '../parts/sequence/named-sequence.ts'
import { guidanceFeatures } from '../parts/sequence/time-features.ts'
import { Flux1Config } from './config.ts'
import { openTransformer } from './folder.ts'
import { flux1Positions } from './inputs.ts'
import { flux1Tensors } from './tensors.ts'
import { flux1Graph } from './transformer.ts'

export const flux1Transformer: ComponentKind = {
  expect: (config, recorder) => flux1Graph(Flux1Config.parse(config), recorder, 'F32'),
  named: flux1Tensors,
  open: openTransformer,
  graphs: {
    'flux1-transformer': {
      inputs: `${SEQUENCE_INPUTS}; A = 3; pooled_projections [1, P], guidance [1]`,
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
  const pooled = floatInput(inputs, 'pooled_projections', 1).data
  const feeds: Record<string, Tensor> = {
    ...namedSequence(inputs, flux1Positions(config), options),
    pooled: floats(pooled, 1, config.pooled_projection_dim),
  }
  if (config.guidance_embeds) {
    const scale = floatInput(inputs, 'guidance', 1).data[0] as number
    feeds.guidance_features = floats(guidanceFeatures(scale, options.compute), 1, 256)
  }
  const model = flux1Graph(config, component.tensors, options.compute, { rows: 'image' })
  return { sample: batched(await runOnce(model, options, feeds, 'velocity')) }
}
