/**
 * An opened transformer whose tokens are 2x2 packed latents, with the autoencoder that makes them. How
 * latents are scaled, what it is conditioned on, and its graph, are the family's.
 */

import type { TokenGrid } from '../../shared/token-grid.ts'
import { type Component, warmPageCache } from '../checkpoint/layout.ts'
import { shared, type Tensor } from '../onnx/tensor.ts'
import type { Velocity } from '../sampler/denoise.ts'
import type {
  OpenBackbone,
  OpenOptions,
  Thumbnail,
  VelocityInputs,
  WorkingPhoto,
} from './family.ts'
import { inLowPrecision } from './low-precision.ts'
import { autoencoderFactor } from './parts/autoencoder/graphs.ts'
import { OpenAutoencoder } from './parts/autoencoder/open-autoencoder.ts'
import type { PackedLatents } from './parts/autoencoder/packed-latents.ts'
import { averagePixels, fitPreview } from './parts/autoencoder/preview.ts'
import type { ComponentKind, Tensors } from './parts/component.ts'
import type { ComputeType } from './parts/emitter.ts'
import { stepInputs } from './parts/sequence/inputs.ts'
import { Sessions, type TimedSession } from './parts/sessions.ts'

/** What a family gives to {@link PackedBackbone}. */
export type PackedParts<Conditioning> = {
  readonly transformer: Component
  /** The autoencoder's tensors, and its latents as tokens. */
  readonly autoencoder: Pick<Component, 'tensors'>
  readonly latents: PackedLatents
  readonly compute: ComputeType
  readonly text: TextEncoder<Conditioning>
  readonly schedule: OpenBackbone['schedule']
  /** Renames the transformer's tensors to the names in its graph, as {@link ComponentKind}. */
  readonly named: ComponentKind['named']
  /** Writes the transformer's graph. */
  readonly graph: (tensors: Tensors, stoppable: boolean) => Uint8Array
  /** The graph's inputs that stay the same during a run: all but those of a step. */
  readonly constantInputs: (run: VelocityInputs<Conditioning>) => Record<string, Tensor>
}

/** Encodes prompts, with the photo if the encoder sees it. */
export type TextEncoder<Conditioning> = {
  encode(
    input: { readonly prompt: string; readonly photo: WorkingPhoto },
    signal?: AbortSignal,
  ): Promise<Conditioning>
  close(): Promise<void>
}

export class PackedBackbone<Conditioning> implements OpenBackbone<Conditioning> {
  readonly compute: ComputeType
  readonly fingerprint: string
  readonly weights: OpenBackbone['weights']
  readonly schedule: OpenBackbone['schedule']
  readonly #parts: PackedParts<Conditioning>
  readonly #sessions: Sessions
  readonly #transformer: TimedSession
  readonly #latents: PackedLatents
  readonly #autoencoder: OpenAutoencoder

  private constructor(parts: PackedParts<Conditioning>, options: OpenOptions) {
    const { transformer } = parts
    this.compute = parts.compute
    this.fingerprint = transformer.fingerprint
    this.weights = options.lowPrecision?.weights
    this.schedule = parts.schedule
    this.#parts = parts
    this.#sessions = new Sessions(options)
    this.#transformer = this.#sessions.add('transformer', async (stoppable) => {
      if (options.provider === 'cuda') await warmPageCache(transformer)
      return parts.graph(transformer.tensors, stoppable)
    })
    this.#latents = parts.latents
    this.#autoencoder = new OpenAutoencoder(
      { config: parts.latents.config, tensors: parts.autoencoder.tensors },
      this.#sessions,
      options.decodeTile,
    )
  }

  /**
   * @throws EditError `model_unavailable` if a part that stays loaded cannot be loaded, and as {@link
   * inLowPrecision}
   */
  static async open<Conditioning>(
    parts: PackedParts<Conditioning>,
    options: OpenOptions,
  ): Promise<PackedBackbone<Conditioning>> {
    const { transformer, named, compute } = parts
    const { lowPrecision } = options
    const rounded =
      lowPrecision && (await inLowPrecision(transformer, named, lowPrecision, compute))
    const backbone = new PackedBackbone({ ...parts, transformer: rounded ?? transformer }, options)
    await backbone.#sessions.warm()
    return backbone
  }

  get insideSession(): { readonly milliseconds: number } {
    return this.#sessions.insideSession
  }

  async encode(photo: WorkingPhoto, signal?: AbortSignal): Promise<Float32Array> {
    const latents = await this.#autoencoder.encode(photo.pixels, photo, signal) // [z, h, w]
    return this.#latents.tokensOf(latents, this.#gridOf(photo)) // [tokens, 4 z]
  }

  condition(
    input: { readonly prompt: string; readonly photo: WorkingPhoto },
    signal?: AbortSignal,
  ): Promise<Conditioning> {
    return this.#parts.text.encode(input, signal)
  }

  noise(seed: number, grid: TokenGrid): Float32Array {
    return this.#latents.noise(seed, grid)
  }

  velocity(run: VelocityInputs<Conditioning>, signal?: AbortSignal): Velocity {
    const constant = shared(this.#parts.constantInputs(run))
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
      this.#latents.latentsOf(latents, grid), // [z, h, w]
      { width: 2 * grid.cols, height: 2 * grid.rows },
      signal,
    )
  }

  previews(reference: Float32Array, photo: WorkingPhoto): (latents: Float32Array) => Thumbnail {
    const grid = this.#gridOf(photo)
    const colours = averagePixels(photo.pixels, photo.height, photo.width, grid)
    const { packedOf, config } = this.#latents
    const map = fitPreview(packedOf(reference), colours, config.latent_channels, grid)
    const size = { width: 2 * grid.cols, height: 2 * grid.rows }
    return (latents) => ({ ...size, rgb: map(packedOf(latents)) })
  }

  async close(): Promise<void> {
    await Promise.all([this.#sessions.close(), this.#parts.text.close()])
  }

  /** A token is 2 x 2 latents. */
  #gridOf({ width, height }: WorkingPhoto): TokenGrid {
    const pitch = 2 * autoencoderFactor(this.#latents.config)
    return { rows: height / pitch, cols: width / pitch }
  }
}
