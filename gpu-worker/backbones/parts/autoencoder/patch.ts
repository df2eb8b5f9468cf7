/**
 * The `patch` autoencoder as graphs: one convolution and its transpose. Its weights are the
 * embedded checkpoint's.
 */

import { z } from 'zod'
import type { Value } from '../../../onnx/graph.ts'
import { conv, convTranspose } from '../../../onnx/ops.ts'
import type { Emitter } from '../emitter.ts'

/** vae/config.json of an embedded backbone. */
export const PatchConfig = z.object({
  _class_name: z.literal('PatchAutoencoder'),
  patch_size: z.number().int().positive(),
  latent_channels: z.number().int().positive(),
  scaling_factor: z.number(),
  shift_factor: z.number(),
})
export type PatchConfig = z.infer<typeof PatchConfig>

/** x [1, 3, H, W] to [1, z, H / f, W / f]. */
export function encodePatches(e: Emitter, x: Value, config: PatchConfig): Value {
  return conv(e.g, x, weight(e, config), null, config.patch_size)
}

/** z [1, z, h, w] to [1, 3, h f, w f]. */
export function decodePatches(e: Emitter, latents: Value, config: PatchConfig): Value {
  return convTranspose(e.g, latents, weight(e, config), null, config.patch_size)
}

function weight(e: Emitter, config: PatchConfig): Value {
  return e.weight('weight', [config.latent_channels, 3, config.patch_size, config.patch_size])
}
