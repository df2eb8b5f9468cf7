/** Autoencoders as components, and their two graphs on named tensors. */

import type { Component } from '../../../checkpoint/layout.ts'
import type { Tensor } from '../../../onnx/tensor.ts'
import type { ComponentKind, NamedTensors, RunOptions } from '../component.ts'
import { batched, floatInput, runOnce } from '../named-tensors.ts'
import {
  AutoencoderConfig,
  autoencoderFactor,
  autoencoderInputs,
  decoderGraph,
  encoderGraph,
} from './graphs.ts'

export const autoencoder: ComponentKind = {
  expect: (config, recorder) => {
    encoderGraph(AutoencoderConfig.parse(config), recorder, 'F32')
    decoderGraph(AutoencoderConfig.parse(config), recorder, 'F32')
  },
  named: (tensors) => tensors,
  graphs: {
    'kl-encoder': {
      inputs: 'x [1, 3, H, W] in [-1, 1]',
      outputs: 'mean [1, z, h, w]',
      run: runEncoder,
    },
    'kl-decoder': { inputs: 'z [1, z, h, w]', outputs: 'sample [1, 3, H, W]', run: runDecoder },
  },
}

async function runEncoder(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = AutoencoderConfig.parse(component.config)
  const x = floatInput(inputs, 'x', 3)
  // Sides that are not multiples are cropped while downsampling, as upstream.
  const factor = autoencoderFactor(config)
  const [, height = 0, width = 0] = x.dims
  const feeds = {
    x: batched(x),
    ...autoencoderInputs(config, Math.floor(height / factor), Math.floor(width / factor)),
  }
  const model = encoderGraph(config, component.tensors, options.compute)
  return { mean: await runOnce(model, options, feeds, 'mean') }
}

async function runDecoder(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = AutoencoderConfig.parse(component.config)
  const z = floatInput(inputs, 'z', 3)
  const [, height = 0, width = 0] = z.dims
  const feeds = { z: batched(z), ...autoencoderInputs(config, height, width) }
  const model = decoderGraph(config, component.tensors, options.compute)
  return { sample: await runOnce(model, options, feeds, 'sample') }
}
