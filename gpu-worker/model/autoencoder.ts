/**
 * Autoencoders as graphs: pixels to latents and back. Knows the `patch` type: one convolution and
 * its transpose.
 */

import { z } from 'zod'
import { type ExternalTensor, Graph } from '../onnx/graph.ts'
import { conv, convTranspose } from '../onnx/ops.ts'
import { type ComputeType, Emitter } from './emitter.ts'

/** vae/config.json. Latents are `(encoded - shift_factor) * scaling_factor`, as in diffusers. */
export const AutoencoderConfig = z.object({
  _class_name: z.literal('PatchAutoencoder'),
  patch_size: z.number().int().positive(),
  latent_channels: z.number().int().positive(),
  scaling_factor: z.number(),
  shift_factor: z.number(),
})
export type AutoencoderConfig = z.infer<typeof AutoencoderConfig>

type Tensors = ReadonlyMap<string, ExternalTensor>

/** Graph `x` [1, 3, H, W] in [-1, 1] -> `mean` [1, z, H / f, W / f], before shift and scale. */
export function encoderGraph(
  config: AutoencoderConfig,
  tensors: Tensors,
  compute: ComputeType,
): Uint8Array {
  const e = new Emitter(new Graph(), tensors, compute)
  const x = e.floatInput('x', [1, 3, 'H', 'W'])
  const encoded = conv(e.g, x, patchWeight(e, config), null, config.patch_size)
  e.floatOutput('mean', encoded, [1, config.latent_channels, 'h', 'w'])
  return e.g.finish()
}

/**
 * Graph `z` [1, z, h, w], as the decoder takes it -> `sample` [1, 3, h f, w f] in about [-1, 1].
 */
export function decoderGraph(
  config: AutoencoderConfig,
  tensors: Tensors,
  compute: ComputeType,
): Uint8Array {
  const e = new Emitter(new Graph(), tensors, compute)
  const latents = e.floatInput('z', [1, config.latent_channels, 'h', 'w'])
  const decoded = convTranspose(e.g, latents, patchWeight(e, config), null, config.patch_size)
  e.floatOutput('sample', decoded, [1, 3, 'H', 'W'])
  return e.g.finish()
}

function patchWeight(e: Emitter, config: AutoencoderConfig) {
  return e.weight('weight', [config.latent_channels, 3, config.patch_size, config.patch_size])
}
