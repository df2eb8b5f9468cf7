/**
 * An opened FLUX.1 transformer with its autoencoder: 2x2 packed latents, scaled by two numbers. The
 * embedded backbones use it too, with their own text encoding.
 */

import type { z } from 'zod'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import { type Component, warmPageCache } from '../../checkpoint/layout.ts'
import type { Velocity } from '../../sampler/denoise.ts'
import { gaussianNoise } from '../../sampler/noise.ts'
import type {
  OpenBackbone,
  OpenOptions,
  Thumbnail,
  VelocityInputs,
  WorkingPhoto,
} from '../family.ts'
import { autoencoderFactor, ScaledConfig } from '../parts/autoencoder/graphs.ts'
import { OpenAutoencoder } from '../parts/autoencoder/open-autoencoder.ts'
import { averagePixels, fitPreview } from '../parts/autoencoder/preview.ts'
import type { ComputeType } from '../parts/emitter.ts'
import { packLatents, unpackLatents } from '../parts/packing.ts'
import { stepInputs } from '../parts/sequence/inputs.ts'
import { Sessions, type TimedSession } from '../parts/sessions.ts'
import { Flux1Config } from './config.ts'
import { constantInputs, type TextConditioning } from './inputs.ts'
import { flux1Graph } from './transformer.ts'

/** Encodes prompts. */
export type TextEncoder = {
  encode(prompt: string, signal?: AbortSignal): Promise<TextConditioning>
  close(): Promise<void>
}

export type Flux1Parts = {
  readonly transformer: Component
  readonly autoencoder: Component
  readonly compute: ComputeType
  readonly text: TextEncoder
  readonly schedule: (steps: number, tokens: number) => number[]
}

export class Flux1Backbone implements OpenBackbone<TextConditioning> {
  readonly compute: ComputeType
  readonly fingerprint: string
  readonly schedule: Flux1Parts['schedule']
  readonly #config: Flux1Config
  readonly #text: TextEncoder
  readonly #sessions: Sessions
  readonly #transformer: TimedSession
  readonly #latents: z.infer<typeof ScaledConfig>
  readonly #autoencoder: OpenAutoencoder

  private constructor(parts: Flux1Parts, options: OpenOptions) {
    const { transformer, compute } = parts
    const config = Flux1Config.parse(transformer.config)
    this.compute = compute
    this.fingerprint = transformer.fingerprint
    this.schedule = parts.schedule
    this.#config = config
    this.#text = parts.text
    this.#sessions = new Sessions(options)
    this.#transformer = this.#sessions.add('transformer', async (stoppable) => {
      if (options.provider === 'cuda') await warmPageCache(transformer)
      return flux1Graph(config, transformer.tensors, compute, { stoppable })
    })
    this.#latents = ScaledConfig.parse(parts.autoencoder.config)
    this.#autoencoder = new OpenAutoencoder(
      { config: this.#latents, tensors: parts.autoencoder.tensors },
      this.#sessions,
      options.decodeTile,
    )
  }

  static async open(parts: Flux1Parts, options: OpenOptions): Promise<Flux1Backbone> {
    const backbone = new Flux1Backbone(parts, options)
    await backbone.#sessions.warm()
    return backbone
  }

  get insideSession(): { readonly milliseconds: number } {
    return this.#sessions.insideSession
  }

  /** `(latents - shift) * scale`, packed. */
  async encode(photo: WorkingPhoto, signal?: AbortSignal): Promise<Float32Array> {
    const latents = await this.#autoencoder.encode(photo.pixels, photo, signal) // [z, h, w]
    const { shift_factor: shift, scaling_factor: scale } = this.#latents
    const scaled = latents.map((value) => (value - shift) * scale)
    return packLatents(scaled, this.#channels, this.#gridOf(photo)) // [tokens, 4 z]
  }

  condition(
    { prompt }: { readonly prompt: string },
    signal?: AbortSignal,
  ): Promise<TextConditioning> {
    return this.#text.encode(prompt, signal)
  }

  /** Noise is drawn as [z, h, w] and then packed, as upstream. */
  noise(seed: number, grid: TokenGrid): Float32Array {
    const count = 4 * this.#channels * grid.rows * grid.cols
    return packLatents(gaussianNoise(seed, count), this.#channels, grid)
  }

  velocity(run: VelocityInputs<TextConditioning>, signal?: AbortSignal): Velocity {
    const constant = constantInputs(this.#config, run, this.compute)
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
    const { shift_factor: shift, scaling_factor: scale } = this.#latents
    const scaled = unpackLatents(latents, this.#channels, grid) // [z, h, w]
    // Denoising is done: free the transformer's memory for the decoder.
    await this.#transformer.release()
    return this.#autoencoder.decode(
      scaled.map((value) => value / scale + shift),
      { width: 2 * grid.cols, height: 2 * grid.rows },
      signal,
    )
  }

  previews(reference: Float32Array, photo: WorkingPhoto): (latents: Float32Array) => Thumbnail {
    const grid = this.#gridOf(photo)
    const colours = averagePixels(photo.pixels, photo.height, photo.width, grid)
    const map = fitPreview(reference, colours, this.#channels, grid)
    return (latents) => ({ width: 2 * grid.cols, height: 2 * grid.rows, rgb: map(latents) })
  }

  async close(): Promise<void> {
    await Promise.all([this.#sessions.close(), this.#text.close()])
  }

  get #channels(): number {
    return this.#latents.latent_channels
  }

  /** A token is 2 x 2 latents. */
  #gridOf({ width, height }: WorkingPhoto): TokenGrid {
    const pitch = 2 * autoencoderFactor(this.#latents)
    return { rows: height / pitch, cols: width / pitch }
  }
}
