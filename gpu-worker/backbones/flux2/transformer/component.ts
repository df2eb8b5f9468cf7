/** FLUX.2's transformer as a component: the tensors it needs, and its graph on named tensors. */

import type { Component } from '../../../checkpoint/layout.ts'
import type { Tensor } from '../../../onnx/tensor.ts'
import type { ComponentKind, NamedTensors, RunOptions } from '../../parts/component.ts'
import { batched, runOnce } from '../../parts/named-tensors.ts'
import { namedSequence, SEQUENCE_INPUTS } from '../../parts/sequence/named-sequence.ts'
import { Flux2Config } from './config.ts'
import { openTransformer } from './folder.ts'
import { flux2Graph } from './graph.ts'
import { flux2Positions } from './inputs.ts'
import { flux2Tensors } from './tensors.ts'

export const flux2Transformer: ComponentKind = {
  expect: (config, recorder) => flux2Graph(Flux2Config.parse(config), recorder, 'F32'),
  named: flux2Tensors,
  open: openTransformer,
  graphs: {
    'flux2-transformer': {
      inputs: `${SEQUENCE_INPUTS}; A = 4`,
      outputs: 'sample [1, S_target+S_ref, C]',
      run: runFlux2,
    },
  },
}

async function runFlux2(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = Flux2Config.parse(component.config)
  const feeds = namedSequence(inputs, flux2Positions(config), options)
  const model = flux2Graph(config, component.tensors, options.compute, { rows: 'image' })
  return { sample: batched(await runOnce(model, options, feeds, 'velocity')) }
}
