/** The embedded backbones and the components of their checkpoints. */

import type { NamedTensor } from '../../checkpoint/safetensors.ts'
import type { Flux1Config } from '../flux1/config.ts'
import { patchBasis, patchTensors } from './autoencoder.ts'
import { AnalyticTransformer } from './transformer.ts'

/** Per backbone: patch size and channels of the autoencoder, RoPE axes of the transformer. */
export const embeddedBackbones = {
  embedded: { patch: 4, channels: 16, axes: [16, 64, 64] },
  'embedded-fast': { patch: 8, channels: 64, axes: [16, 256, 256] },
} as const

export type EmbeddedName = keyof typeof embeddedBackbones

/** A component of a checkpoint to be written to a folder. */
export type WrittenComponent = {
  readonly config: Record<string, unknown>
  readonly tensors: readonly NamedTensor[]
}

/** Transformer and autoencoder of an embedded backbone. */
export function embeddedCheckpoint(name: EmbeddedName): {
  transformer: WrittenComponent
  vae: WrittenComponent
} {
  const { patch, channels, axes } = embeddedBackbones[name]
  const packed = 4 * channels
  const config: Flux1Config = {
    in_channels: packed,
    num_layers: 1,
    num_single_layers: 2,
    attention_head_dim: axes[0] + axes[1] + axes[2],
    num_attention_heads: 1,
    joint_attention_dim: 8,
    pooled_projection_dim: 8,
    guidance_embeds: false,
    axes_dims_rope: [...axes],
    mlp_ratio: 16 / (axes[0] + axes[1] + axes[2]),
  }
  const dcChannels = patchBasis(patch, channels).flatMap((base, i) =>
    base.u === 0 && base.v === 0 ? [i] : [],
  )
  return {
    transformer: {
      config: { _class_name: 'FluxTransformer2DModel', ...config },
      tensors: new AnalyticTransformer(config, dcChannels).tensors(),
    },
    vae: {
      config: {
        _class_name: 'PatchAutoencoder',
        patch_size: patch,
        latent_channels: channels,
        scaling_factor: 2 / patch,
        shift_factor: 0,
      },
      tensors: patchTensors(patch, channels),
    },
  }
}
