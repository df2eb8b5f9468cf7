/** LongCat-Image's transformer as a component: the tensors it needs, and its graph on named tensors. */

import type { Component } from '../../../checkpoint/layout.ts'
import type { Tensor } from '../../../onnx/tensor.ts'
import type { ComponentKind, NamedTensors, RunOptions } from '../../parts/component.ts'
import { batched, runOnce } from '../../parts/named-tensors.ts'
import { namedSequence, SEQUENCE_INPUTS } from '../../parts/sequence/named-sequence.ts'
import { LongcatConfig } from './config.ts'
import { openTransformer } from './folder.ts'
import { longcatGraph } from './graph.ts'
import { longcatPositions } from './inputs.ts'
import { longcatTensors } from './tensors.ts'

export const longcatTransformer: ComponentKind = {
  expect: (config, recorder) => longcatGraph(LongcatConfig.parse(config), recorder, 'F32'),
  named: longcatTensors,
  open: openTransformer,
  graphs: {
    'longcat-transformer': {
      inputs: `${SEQUENCE_INPUTS}; A = 3`,
      outputs: 'sample [1, S_target+S_ref, C]',
      run: runLongcat,
    },
  },
}

async function runLongcat(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = LongcatConfig.parse(component.config)
  // The ids are given, so the length of the text does not matter for them.
  const feeds = namedSequence(inputs, longcatPositions(config, 0), options)
  const model = longcatGraph(config, component.tensors, options.compute, { rows: 'image' })
  return { sample: batched(await runOnce(model, options, feeds, 'velocity')) }
}
