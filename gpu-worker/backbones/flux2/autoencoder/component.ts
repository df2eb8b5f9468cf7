/** FLUX.2's autoencoder as a component, and its two graphs on named tensors. */

import { EditError } from '../../../../shared/errors.ts'
import type { Component } from '../../../checkpoint/layout.ts'
import { floats, type Tensor } from '../../../onnx/tensor.ts'
import { decodedOnce, encodedOnce } from '../../parts/autoencoder/component.ts'
import { decoderGraph, encoderGraph } from '../../parts/autoencoder/graphs.ts'
import { KlFlux2Config } from '../../parts/autoencoder/kl.ts'
import { autoencoderTensors, openAutoencoderIn } from '../../parts/autoencoder/single-file.ts'
import type { ComponentKind, NamedTensors, RunOptions } from '../../parts/component.ts'
import { floatInput } from '../../parts/named-tensors.ts'
import { featuresOf, latentsOf, statisticsGraph, statisticsOf, tokensOf } from './latents.ts'

export const flux2Autoencoder: ComponentKind = {
  expect: (config, recorder) => {
    const parsed = KlFlux2Config.parse(config)
    encoderGraph(parsed, recorder, 'F32')
    decoderGraph(parsed, recorder, 'F32')
    statisticsGraph(parsed, recorder)
  },
  named: autoencoderTensors,
  open: openAutoencoderIn,
  // Counts the batches of the training.
  unused: (name) => name === 'bn.num_batches_tracked',
  graphs: {
    'flux2-kl-encoder': {
      inputs: 'x [1, 3, H, W] in [-1, 1], H and W multiples of 16',
      outputs: 'mean [1, z, h, w], image_latents [1, h/2 * w/2, 4 z] (packed, normalised)',
      run: runEncoder,
    },
    'flux2-kl-decoder': {
      inputs: 'latents [1, rows * cols, 4 z], with --rows and --cols',
      outputs: 'sample [1, 3, H, W]',
      run: runDecoder,
    },
  },
}

async function runEncoder(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = KlFlux2Config.parse(component.config)
  const mean = await encodedOnce(config, component.tensors, inputs, options)
  const [, , height = 0, width = 0] = mean.dims
  if (height % 2 !== 0 || width % 2 !== 0)
    throw new EditError(
      'invalid_request',
      `x gives ${height}x${width} latents, which cannot be packed 2x2`,
    )
  const grid = { rows: height / 2, cols: width / 2 }
  const statistics = await statisticsOf(config, component.tensors, options)
  const tokens = tokensOf(mean.data, statistics, grid)
  return {
    mean,
    image_latents: floats(tokens, 1, grid.rows * grid.cols, featuresOf(config)),
  }
}

async function runDecoder(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = KlFlux2Config.parse(component.config)
  const latents = floatInput(inputs, 'latents', 2)
  const { grid } = options
  if (grid === undefined)
    throw new EditError('invalid_option', '--rows and --cols are required for this component')
  const features = featuresOf(config)
  const [count, width] = latents.dims
  if (count !== grid.rows * grid.cols || width !== features)
    throw new EditError(
      'invalid_request',
      `latents is [${latents.dims}], but ${grid.rows} rows and ${grid.cols} columns need [${grid.rows * grid.cols},${features}]`,
    )
  const statistics = await statisticsOf(config, component.tensors, options)
  const z = floats(
    latentsOf(latents.data, statistics, grid),
    config.latent_channels,
    2 * grid.rows,
    2 * grid.cols,
  )
  return { sample: await decodedOnce(config, component.tensors, z, options) }
}
