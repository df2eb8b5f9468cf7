/** Autoencoders as components, and their two graphs on named tensors. */

import type { Component } from '../../../checkpoint/layout.ts'
import type { Tensor } from '../../../onnx/tensor.ts'
import type { ComponentKind, NamedTensors, RunOptions, Tensors } from '../component.ts'
import { batched, floatInput, runOnce } from '../named-tensors.ts'
import {
  type AutoencoderConfig,
  autoencoderFactor,
  autoencoderInputs,
  decoderGraph,
  encoderGraph,
  ScaledConfig,
} from './graphs.ts'
import { autoencoderTensors, openAutoencoderIn } from './single-file.ts'

export const autoencoder: ComponentKind = {
  expect: (config, recorder) => {
    encoderGraph(ScaledConfig.parse(config), recorder, 'F32')
    decoderGraph(ScaledConfig.parse(config), recorder, 'F32')
  },
  named: autoencoderTensors,
  open: openAutoencoderIn,
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
  { config, tensors }: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  return { mean: await encodedOnce(ScaledConfig.parse(config), tensors, inputs, options) }
}

async function runDecoder(
  { config, tensors }: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const z = floatInput(inputs, 'z', 3)
  return { sample: await decodedOnce(ScaledConfig.parse(config), tensors, z, options) }
}

/** The unscaled latents [1, z, h, w] of the input `x`. */
export async function encodedOnce(
  config: AutoencoderConfig,
  tensors: Tensors,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Tensor & { type: 'F32' }> {
  const x = floatInput(inputs, 'x', 3)
  // Sides that are not multiples are cropped while downsampling, as upstream.
  const factor = autoencoderFactor(config)
  const [, height = 0, width = 0] = x.dims
  const feeds = {
    x: batched(x),
    ...autoencoderInputs(config, Math.floor(height / factor), Math.floor(width / factor)),
  }
  return runOnce(encoderGraph(config, tensors, options.compute), options, feeds, 'mean')
}

/** The pixels [1, 3, H, W] of unscaled latents `z` [z, h, w]. */
export async function decodedOnce(
  config: AutoencoderConfig,
  tensors: Tensors,
  z: Tensor & { type: 'F32' },
  options: RunOptions,
): Promise<Tensor & { type: 'F32' }> {
  const [, height = 0, width = 0] = z.dims
  const feeds = { z: batched(z), ...autoencoderInputs(config, height, width) }
  return runOnce(decoderGraph(config, tensors, options.compute), options, feeds, 'sample')
}
