/** An opened FLUX.2 transformer with its autoencoder and text encoder. */

import type { TokenGrid } from '../../../shared/token-grid.ts'
import { type Component, warmPageCache } from '../../checkpoint/layout.ts'
import type { Tensor } from '../../onnx/tensor.ts'
import type { Velocity } from '../../sampler/denoise.ts'
import { gaussianNoise } from '../../sampler/noise.ts'
import type {
  OpenBackbone,
  OpenOptions,
  Thumbnail,
  VelocityInputs,
  WorkingPhoto,
} from '../family.ts'
import { autoencoderFactor } from '../parts/autoencoder/graphs.ts'
import { KlFlux2Config } from '../parts/autoencoder/kl.ts'
import { OpenAutoencoder } from '../parts/autoencoder/open-autoencoder.ts'
import { averagePixels, fitPreview } from '../parts/autoencoder/preview.ts'
import type { ComputeType } from '../parts/emitter.ts'
import { stepInputs } from '../parts/sequence/inputs.ts'
import { Sessions, type TimedSession } from '../parts/sessions.ts'
import {
  latentsOf,
  packedOf,
  type Statistics,
  statisticsOf,
  tokensOf,
} from './autoencoder/latents.ts'
import { flux2Schedule } from './schedule.ts'
import type { Flux2Text } from './text/encoder.ts'
import { Flux2Config } from './transformer/config.ts'
import { flux2Graph } from './transformer/graph.ts'
import { constantInputs } from './transformer/inputs.ts'

export type Flux2Parts = {
  readonly transformer: Component
  readonly autoencoder: Component
  readonly compute: ComputeType
  readonly text: Flux2Text
}

export class Flux2Backbone implements OpenBackbone<Tensor> {
  readonly compute: ComputeType
  readonly fingerprint: string
  readonly schedule = flux2Schedule
  readonly #config: Flux2Config
  readonly #latents: KlFlux2Config
  readonly #statistics: Statistics
  readonly #text: Flux2Text
  readonly #sessions: Sessions
  readonly #transformer: TimedSession
  readonly #autoencoder: OpenAutoencoder

  private constructor(parts: Flux2Parts, statistics: Statistics, options: OpenOptions) {
    const { transformer, compute } = parts
    const config = Flux2Config.parse(transformer.config)
    this.compute = compute
    this.fingerprint = transformer.fingerprint
    this.#config = config
    this.#latents = KlFlux2Config.parse(parts.autoencoder.config)
    this.#statistics = statistics
    this.#text = parts.text
    this.#sessions = new Sessions(options)
    this.#transformer = this.#sessions.add('transformer', async (stoppable) => {
      if (options.provider === 'cuda') await warmPageCache(transformer)
      return flux2Graph(config, transformer.tensors, compute, { stoppable })
    })
    this.#autoencoder = new OpenAutoencoder(
      { config: this.#latents, tensors: parts.autoencoder.tensors },
      this.#sessions,
      options.decodeTile,
    )
  }

  static async open(parts: Flux2Parts, options: OpenOptions): Promise<Flux2Backbone> {
    const { config, tensors } = parts.autoencoder
    const statistics = await statisticsOf(KlFlux2Config.parse(config), tensors, options)
    const backbone = new Flux2Backbone(parts, statistics, options)
    await backbone.#sessions.warm()
    return backbone
  }

  get insideSession(): { readonly milliseconds: number } {
    return this.#sessions.insideSession
  }

  async encode(photo: WorkingPhoto, signal?: AbortSignal): Promise<Float32Array> {
    const latents = await this.#autoencoder.encode(photo.pixels, photo, signal) // [z, h, w]
    return tokensOf(latents, this.#statistics, this.#gridOf(photo)) // [tokens, 4 z]
  }

  condition({ prompt }: { readonly prompt: string }, signal?: AbortSignal): Promise<Tensor> {
    return this.#text.encode(prompt, signal)
  }

  /** Noise is drawn as packed channels [4 z, rows, cols], as upstream. */
  noise(seed: number, { rows, cols }: TokenGrid): Float32Array {
    const count = rows * cols
    const features = this.#statistics.mean.length
    const drawn = gaussianNoise(seed, count * features)
    return drawn.map((_, i) => drawn[(i % features) * count + Math.floor(i / features)] as number)
  }

  velocity(run: VelocityInputs<Tensor>, signal?: AbortSignal): Velocity {
    const constant = constantInputs(this.#config, run)
    return (x, sigma, lambda) =>
      this.#transformer.run(
        { ...constant, ...stepInputs(run.control, { latents: x, sigma, lambda }, this.compute) },
        'velocity',
        signal,
      )
  }

  async decode(
    latents: Float32Array,
    grid: TokenGrid,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    // Denoising is done: free the transformer's memory for the decoder.
    await this.#transformer.release()
    return this.#autoencoder.decode(
      latentsOf(latents, this.#statistics, grid),
      { width: 2 * grid.cols, height: 2 * grid.rows },
      signal,
    )
  }

  previews(reference: Float32Array, photo: WorkingPhoto): (latents: Float32Array) => Thumbnail {
    const grid = this.#gridOf(photo)
    const colours = averagePixels(photo.pixels, photo.height, photo.width, grid)
    const packed = (tokens: Float32Array) => packedOf(tokens, this.#statistics)
    const map = fitPreview(packed(reference), colours, this.#latents.latent_channels, grid)
    return (latents) => ({ width: 2 * grid.cols, height: 2 * grid.rows, rgb: map(packed(latents)) })
  }

  async close(): Promise<void> {
    await Promise.all([this.#sessions.close(), this.#text.close()])
  }

  /** A token is 2 x 2 latents. */
  #gridOf({ width, height }: WorkingPhoto): TokenGrid {
    const pitch = 2 * autoencoderFactor(this.#latents)
    return { rows: height / pitch, cols: width / pitch }
  }
}
