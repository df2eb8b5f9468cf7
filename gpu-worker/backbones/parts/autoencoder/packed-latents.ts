/** Latents as the tokens of a transformer: packed 2x2, and scaled as its family scales them. */

import type { z } from 'zod'
import type { TokenGrid } from '../../../../shared/token-grid.ts'
import { gaussianNoise } from '../../../sampler/noise.ts'
import { packLatents, unpackLatents } from '../packing.ts'
import type { AutoencoderConfig, ScaledConfig } from './graphs.ts'

export type PackedLatents = {
  readonly config: AutoencoderConfig
  /** The autoencoder's latents [z, 2 rows, 2 cols] to tokens [rows * cols, 4 z], and back. */
  readonly tokensOf: (latents: Float32Array, grid: TokenGrid) => Float32Array
  readonly latentsOf: (tokens: Float32Array, grid: TokenGrid) => Float32Array
  /** Tokens with one scale for each channel, in the same layout, for the fit of a preview. */
  readonly packedOf: (tokens: Float32Array) => Float32Array
  /** Seeded noise as tokens, drawn in the layout in which upstream draws it. */
  readonly noise: (seed: number, grid: TokenGrid) => Float32Array
}

/** Scaled by two numbers: `(latents - shift) * scale`. Noise is drawn as [z, 2 rows, 2 cols]. */
export function scaledLatents(config: z.infer<typeof ScaledConfig>): PackedLatents {
  const { latent_channels: channels, shift_factor: shift, scaling_factor: scale } = config
  return {
    config,
    tokensOf: (latents, grid) =>
      packLatents(
        latents.map((value) => (value - shift) * scale),
        channels,
        grid,
      ),
    latentsOf: (tokens, grid) =>
      unpackLatents(tokens, channels, grid).map((value) => value / scale + shift),
    packedOf: (tokens) => tokens,
    noise: (seed, { rows, cols }) =>
      packLatents(gaussianNoise(seed, 4 * channels * rows * cols), channels, { rows, cols }),
  }
}
