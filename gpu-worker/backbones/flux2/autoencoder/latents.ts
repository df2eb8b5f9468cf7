/**
 * FLUX.2's latents as tokens: packed 2x2, then normalised by the running statistics of a batch norm,
 * which the autoencoder's checkpoint holds (diffusers pipeline_flux2_klein.py, _encode_vae_image).
 */

import type { TokenGrid } from '../../../../shared/token-grid.ts'
import { Graph } from '../../../onnx/graph.ts'
import { concat, reshape } from '../../../onnx/ops.ts'
import type { SessionOptions } from '../../../onnx/session.ts'
import { gaussianNoise } from '../../../sampler/noise.ts'
import type { KlFlux2Config } from '../../parts/autoencoder/kl.ts'
import type { PackedLatents } from '../../parts/autoencoder/packed-latents.ts'
import { autoencoderTensors } from '../../parts/autoencoder/single-file.ts'
import type { Tensors } from '../../parts/component.ts'
import { Emitter } from '../../parts/emitter.ts'
import { runOnce } from '../../parts/named-tensors.ts'
import { packLatents, unpackLatents } from '../../parts/packing.ts'

/** Mean and standard deviation of each feature of a token. */
export type Statistics = { readonly mean: Float32Array; readonly deviation: Float32Array }

/** Features of a token: 2x2 latents of every channel. */
export function featuresOf(config: KlFlux2Config): number {
  return 4 * config.latent_channels
}

/** Graph of no inputs -> `statistics` [2, features]: running mean and variance, in whatever type they are stored. */
export function statisticsGraph(config: KlFlux2Config, tensors: Tensors): Uint8Array {
  const e = new Emitter(new Graph(), autoencoderTensors(tensors), 'F32')
  const features = featuresOf(config)
  const row = (name: string) => reshape(e.g, e.weight(`bn.${name}`, [features]), [1, features])
  const both = concat(e.g, [row('running_mean'), row('running_var')], 0)
  e.floatOutput('statistics', both, [2, features])
  return e.g.finish()
}

/** Reads the statistics. */
export async function statisticsOf(
  config: KlFlux2Config,
  tensors: Tensors,
  { threads }: Pick<SessionOptions, 'threads'>,
): Promise<Statistics> {
  const { data } = await runOnce(
    statisticsGraph(config, tensors),
    { provider: 'cpu', threads },
    {},
    'statistics',
  )
  const features = featuresOf(config)
  return {
    mean: data.slice(0, features),
    deviation: data.slice(features).map((variance) => Math.sqrt(variance + config.batch_norm_eps)),
  }
}

/** Latents [z, 2 rows, 2 cols] to normalised tokens [rows * cols, 4 z]. */
export function tokensOf(
  latents: Float32Array,
  { mean, deviation }: Statistics,
  grid: TokenGrid,
): Float32Array {
  const features = mean.length
  return packLatents(latents, features / 4, grid).map(
    (value, i) => (value - (mean[i % features] as number)) / (deviation[i % features] as number),
  )
}

/** The inverse of {@link tokensOf}. */
export function latentsOf(
  tokens: Float32Array,
  statistics: Statistics,
  grid: TokenGrid,
): Float32Array {
  return unpackLatents(packedOf(tokens, statistics), statistics.mean.length / 4, grid)
}

/** Normalised tokens as packed latents of the autoencoder, in the same layout. */
function packedOf(tokens: Float32Array, { mean, deviation }: Statistics): Float32Array {
  const features = mean.length
  return tokens.map(
    (value, i) => value * (deviation[i % features] as number) + (mean[i % features] as number),
  )
}

/** The latents of an opened autoencoder. Noise is drawn as [4 z, rows, cols], as upstream. */
export function normalisedLatents(config: KlFlux2Config, statistics: Statistics): PackedLatents {
  const features = featuresOf(config)
  return {
    config,
    tokensOf: (latents, grid) => tokensOf(latents, statistics, grid),
    latentsOf: (tokens, grid) => latentsOf(tokens, statistics, grid),
    packedOf: (tokens) => packedOf(tokens, statistics),
    noise: (seed, { rows, cols }) => {
      const count = rows * cols
      const drawn = gaussianNoise(seed, count * features)
      return drawn.map((_, i) => drawn[(i % features) * count + Math.floor(i / features)] as number)
    },
  }
}
