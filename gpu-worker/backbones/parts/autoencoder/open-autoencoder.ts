/**
 * An opened autoencoder: pixels to the encoder's latents and back, in tiles if memory is short. The
 * family scales and packs the latents.
 */

import type { Size } from '../../../../shared/drag.ts'
import type { Component } from '../../../checkpoint/layout.ts'
import { floats } from '../../../onnx/tensor.ts'
import type { Sessions, TimedSession } from '../sessions.ts'
import {
  AutoencoderConfig,
  autoencoderFactor,
  autoencoderInputs,
  decoderGraph,
  encoderGraph,
} from './graphs.ts'
import { decodeInTiles } from './tiled-decode.ts'

export class OpenAutoencoder {
  readonly config: AutoencoderConfig
  readonly #encoder: TimedSession
  readonly #decoder: TimedSession
  readonly #tile: number | undefined

  /** @param tile side of a decoded tile, in latents */
  constructor({ config, tensors }: Component, sessions: Sessions, tile: number | undefined) {
    const parsed = AutoencoderConfig.parse(config)
    this.config = parsed
    // Always float32: onnxruntime has no bfloat16 kernels for autoencoders.
    this.#encoder = sessions.add('vae', () => encoderGraph(parsed, tensors, 'F32'))
    this.#decoder = sessions.add('vae', () => decoderGraph(parsed, tensors, 'F32'))
    this.#tile = tile
  }

  /** Pixels [3, height, width] in [-1, 1] to unscaled latents [z, h, w]. */
  async encode(pixels: Float32Array, { width, height }: Size): Promise<Float32Array> {
    const factor = autoencoderFactor(this.config)
    const inputs = {
      x: floats(pixels, 1, 3, height, width),
      ...autoencoderInputs(this.config, height / factor, width / factor),
    }
    const mean = await this.#encoder.run(inputs, 'mean')
    await this.#encoder.release()
    return mean
  }

  /** Unscaled latents [z, height, width] to pixels [3, H, W], not clamped. */
  async decode(latents: Float32Array, size: Size): Promise<Float32Array> {
    const channels = this.config.latent_channels
    const decode = (part: Float32Array, { width, height }: Size) => {
      const inputs = {
        z: floats(part, 1, channels, height, width),
        ...autoencoderInputs(this.config, height, width),
      }
      return this.#decoder.run(inputs, 'sample')
    }
    const decoded =
      this.#tile === undefined
        ? await decode(latents, size)
        : await decodeInTiles({ ...size, data: latents, channels }, this.#tile, decode)
    await this.#decoder.release()
    return decoded
  }
}
