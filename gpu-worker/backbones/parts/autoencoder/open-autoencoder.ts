/**
 * An opened autoencoder: pixels to the encoder's latents and back, in tiles if memory is short. The
 * family scales and packs the latents.
 */

import type { Size } from '../../../../shared/drag.ts'
import { floats } from '../../../onnx/tensor.ts'
import type { Tensors } from '../component.ts'
import type { Sessions, TimedSession } from '../sessions.ts'
import {
  type AutoencoderConfig,
  autoencoderFactor,
  autoencoderInputs,
  decoderGraph,
  encoderGraph,
} from './graphs.ts'
import { decodeInTiles } from './tiled-decode.ts'

export class OpenAutoencoder {
  readonly #config: AutoencoderConfig
  readonly #encoder: TimedSession
  readonly #decoder: TimedSession
  readonly #tile: number | undefined

  /** @param tile side of a decoded tile, in latents */
  constructor(
    { config, tensors }: { readonly config: AutoencoderConfig; readonly tensors: Tensors },
    sessions: Sessions,
    tile: number | undefined,
  ) {
    this.#config = config
    // Always float32: onnxruntime has no bfloat16 kernels for autoencoders.
    this.#encoder = sessions.add('vae', (stoppable) =>
      encoderGraph(config, tensors, 'F32', stoppable),
    )
    this.#decoder = sessions.add('vae', (stoppable) =>
      decoderGraph(config, tensors, 'F32', stoppable),
    )
    this.#tile = tile
  }

  /** Pixels [3, height, width] in [-1, 1] to unscaled latents [z, h, w]. */
  async encode(
    pixels: Float32Array,
    { width, height }: Size,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const factor = autoencoderFactor(this.#config)
    const inputs = {
      x: floats(pixels, 1, 3, height, width),
      ...autoencoderInputs(this.#config, height / factor, width / factor),
    }
    try {
      return await this.#encoder.run(inputs, 'mean', signal)
    } finally {
      await this.#encoder.release()
    }
  }

  /** Unscaled latents [z, height, width] to pixels [3, H, W], not clamped. */
  async decode(latents: Float32Array, size: Size, signal?: AbortSignal): Promise<Float32Array> {
    const channels = this.#config.latent_channels
    const decode = (part: Float32Array, { width, height }: Size) => {
      const inputs = {
        z: floats(part, 1, channels, height, width),
        ...autoencoderInputs(this.#config, height, width),
      }
      return this.#decoder.run(inputs, 'sample', signal)
    }
    try {
      return this.#tile === undefined
        ? await decode(latents, size)
        : await decodeInTiles({ ...size, data: latents, channels }, this.#tile, decode)
    } finally {
      await this.#decoder.release()
    }
  }
}
