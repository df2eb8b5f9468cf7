/** The graphs of an autoencoder of any type: pixels to latents and back. */

import { z } from 'zod'
import { type ExternalTensor, Graph } from '../../../onnx/graph.ts'
import type { Tensor } from '../../../onnx/tensor.ts'
import { type ComputeType, Emitter } from '../emitter.ts'
import { attentionParts, decodeKl, encodeKl, KlConfig, type KlFlux2Config } from './kl.ts'
import { decodePatches, encodePatches, PatchConfig } from './patch.ts'
import { autoencoderTensors } from './single-file.ts'

/** vae/config.json with two numbers: scaled latents are `(encoded - shift_factor) * scaling_factor`. */
export const ScaledConfig = z.discriminatedUnion('_class_name', [PatchConfig, KlConfig])

/** vae/config.json of any autoencoder. */
export type AutoencoderConfig = z.infer<typeof ScaledConfig> | KlFlux2Config

type Tensors = ReadonlyMap<string, ExternalTensor>

/** Graph `x` [1, 3, H, W] in [-1, 1] -> `mean` [1, z, h, w], before shift and scale. */
export function encoderGraph(
  config: AutoencoderConfig,
  tensors: Tensors,
  compute: ComputeType,
  stoppable = false,
): Uint8Array {
  const e = new Emitter(new Graph(), autoencoderTensors(tensors), compute, stoppable)
  const x = e.floatInput('x', [1, 3, 'H', 'W'])
  const encoded =
    config._class_name === 'PatchAutoencoder' ? encodePatches(e, x, config) : encodeKl(e, x, config)
  e.floatOutput('mean', encoded, [1, config.latent_channels, 'h', 'w'])
  return e.g.finish()
}

/** Graph `z` [1, z, h, w], unscaled -> `sample` [1, 3, H, W] in about [-1, 1]. */
export function decoderGraph(
  config: AutoencoderConfig,
  tensors: Tensors,
  compute: ComputeType,
  stoppable = false,
): Uint8Array {
  const e = new Emitter(new Graph(), autoencoderTensors(tensors), compute, stoppable)
  const latents = e.floatInput('z', [1, config.latent_channels, 'h', 'w'])
  const decoded =
    config._class_name === 'PatchAutoencoder'
      ? decodePatches(e, latents, config)
      : decodeKl(e, latents, config)
  e.floatOutput('sample', decoded, [1, 3, 'H', 'W'])
  return e.g.finish()
}

/** The inputs other than `x` or `z`, for latents of `height` x `width`. */
export function autoencoderInputs(
  config: AutoencoderConfig,
  height: number,
  width: number,
): Record<string, Tensor> {
  if (config._class_name === 'PatchAutoencoder' || !config.mid_block_add_attention) return {}
  return { attention_parts: attentionParts(height, width) }
}

/** Pixels per latent and side. */
export function autoencoderFactor(config: AutoencoderConfig): number {
  return config._class_name === 'PatchAutoencoder'
    ? config.patch_size
    : 2 ** (config.block_out_channels.length - 1)
}
