/**
 * FLUX.1-Fill-dev, which paints what a mask marks (diffusers pipeline_flux_fill.py): FLUX.1 whose tokens are
 * noisy latents, the latents of the photo without what the mask marks, and the mask itself. It is not one
 * of our backbones, because it sees no reference.
 */

import { join } from 'node:path'
import type { OpenOptions } from '../../gpu-worker/backbones/family.ts'
import type { Flux1Text } from '../../gpu-worker/backbones/flux1/backbone.ts'
import { Flux1Config } from '../../gpu-worker/backbones/flux1/config.ts'
import { openTransformer } from '../../gpu-worker/backbones/flux1/folder.ts'
import { flux1Positions, type TextConditioning } from '../../gpu-worker/backbones/flux1/inputs.ts'
import { FluxText } from '../../gpu-worker/backbones/flux1/text.ts'
import { flux1Graph } from '../../gpu-worker/backbones/flux1/transformer.ts'
import { ScaledConfig } from '../../gpu-worker/backbones/parts/autoencoder/graphs.ts'
import { OpenAutoencoder } from '../../gpu-worker/backbones/parts/autoencoder/open-autoencoder.ts'
import {
  type PackedLatents,
  scaledLatents,
} from '../../gpu-worker/backbones/parts/autoencoder/packed-latents.ts'
import { openAutoencoderIn } from '../../gpu-worker/backbones/parts/autoencoder/single-file.ts'
import { type ComputeType, computeOn } from '../../gpu-worker/backbones/parts/emitter.ts'
import { packLatents } from '../../gpu-worker/backbones/parts/packing.ts'
import { ropeInputs, sequenceInputs } from '../../gpu-worker/backbones/parts/sequence/inputs.ts'
import {
  guidanceFeatures,
  timeFeatures,
} from '../../gpu-worker/backbones/parts/sequence/time-features.ts'
import {
  Sessions,
  staysLoaded,
  type TimedSession,
} from '../../gpu-worker/backbones/parts/sessions.ts'
import { readShift, shiftOf } from '../../gpu-worker/backbones/parts/shift.ts'
import type { Component } from '../../gpu-worker/checkpoint/layout.ts'
import { floats, type Tensor } from '../../gpu-worker/onnx/tensor.ts'
import { resized, rgbOf, workingPixels } from '../../gpu-worker/photo/image.ts'
import { denoise } from '../../gpu-worker/sampler/denoise.ts'
import { shiftedSchedule } from '../../gpu-worker/sampler/schedule.ts'
import { backbones } from '../../shared/backbones.ts'
import type { Size } from '../../shared/drag.ts'
import { maskAt } from '../../shared/mask.ts'
import { type TokenGrid, tokenGrid } from '../../shared/token-grid.ts'
import type { Picture } from '../picture.ts'

/** The pipeline's own guidance, and the steps of the paper's backbones. */
const GUIDANCE = 30
const STEPS = 30
const SEED = 42
/** Pixels of a latent's side. */
const FACTOR = 8

/** What a folder of FLUX.1-Fill-dev has. */
export type FillParts = {
  readonly transformer: Component
  readonly autoencoder: Component
  readonly compute: ComputeType
  readonly text: Flux1Text
  /** Noise levels for so many tokens. */
  readonly schedule: (steps: number, tokens: number) => number[]
  readonly steps: number
  readonly workingSize: (picture: Size) => Size
}

/** A picture at its working size [3, height, width] in [-1, 1], and 1 where it is to be painted. */
export type Holed = Size & { readonly pixels: Float32Array; readonly hole: Uint8Array }

export class FluxFill {
  readonly #parts: FillParts
  readonly #config: Flux1Config
  readonly #sessions: Sessions
  readonly #transformer: TimedSession
  readonly #autoencoder: OpenAutoencoder
  readonly #latents: PackedLatents

  constructor(parts: FillParts, options: OpenOptions) {
    const { transformer, autoencoder, compute } = parts
    this.#parts = parts
    this.#config = Flux1Config.parse(transformer.config)
    this.#latents = scaledLatents(ScaledConfig.parse(autoencoder.config))
    this.#sessions = new Sessions(options)
    this.#transformer = this.#sessions.add('transformer', (stoppable) =>
      flux1Graph(this.#config, transformer.tensors, compute, {
        rows: 'image',
        control: false,
        stoppable,
      }),
    )
    this.#autoencoder = new OpenAutoencoder(
      { config: this.#latents.config, tensors: autoencoder.tensors },
      this.#sessions,
      options.decodeTile,
    )
  }

  /**
   * @param folder as `FLUX.1-Fill-dev` on Hugging Face
   * @throws EditError `model_unavailable` if a part is missing or broken
   */
  static async open(folder: string, options: OpenOptions): Promise<FluxFill> {
    const shift = await readShift(join(folder, 'scheduler', 'scheduler_config.json'))
    const provider = options.textProvider ?? options.provider
    const text = await FluxText.open(folder, {
      provider,
      threads: options.threads,
      compute: computeOn(provider),
      keepLoaded: staysLoaded(options, 'text'),
    })
    const parts = {
      transformer: await openTransformer(folder),
      autoencoder: await openAutoencoderIn(folder),
      compute: computeOn(options.provider),
      text,
      schedule: (steps: number, tokens: number) => shiftedSchedule(steps, shiftOf(tokens, shift)),
      steps: STEPS,
      workingSize: backbones['flux1-kontext-dev'].workingSize,
    }
    return new FluxFill(parts, options)
  }

  /** The picture with its hole painted at the working size; elsewhere it is as it was. */
  async fill(picture: Picture, hole: Uint8Array, signal: AbortSignal): Promise<Picture> {
    const size = this.#parts.workingSize(picture)
    const grid = tokenGrid(size, 2 * FACTOR)
    const { width, height } = picture
    const rgb = new Uint8Array(3 * width * height)
    for (let at = 0; at < width * height; at++)
      rgb.set(picture.data.subarray(4 * at, 4 * at + 3), 3 * at)
    const pixels = await workingPixels(rgb, picture, size)
    const holed = { ...size, pixels, hole: maskAt({ width, height, data: hole }, size).data }
    const empty = { width: 0, height: 0, pixels: new Float32Array() }
    const text = await this.#parts.text.encode({ prompt: '', photo: empty }, signal)
    const noise = this.#latents.noise(SEED, grid)
    const latents = await this.denoised(holed, text, noise, signal)
    const painted = rgbOf(await this.decoded(latents, grid, signal), size)
    const back = await resized(painted, size, picture)
    const data = picture.data.slice()
    for (let at = hole.indexOf(1); at !== -1; at = hole.indexOf(1, at + 1))
      data.set(back.subarray(3 * at, 3 * at + 3), 4 * at)
    return { width, height, data }
  }

  /** Tokens [tokens, 4 z] of the painted picture. */
  async denoised(
    holed: Holed,
    text: TextConditioning,
    noise: Float32Array,
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const grid = tokenGrid(holed, 2 * FACTOR)
    const tokens = grid.rows * grid.cols
    const kept = holed.pixels.map(
      (value, i) => value * (1 - (holed.hole[i % holed.hole.length] as number)),
    )
    const encoded = await this.#autoencoder.encode(kept, holed, signal)
    const known = [this.#latents.tokensOf(encoded, grid), maskTokens(holed, grid)]
    const constant = this.#constantInputs(grid, text)
    const { compute, steps, schedule } = this.#parts
    const first = Math.ceil(tokens / 2)
    const velocity = (x: Float32Array, sigma: number) => {
      const rows = joined([x, ...known], tokens)
      const width = rows.length / tokens
      const inputs = {
        ...constant,
        latents: floats(rows.slice(0, first * width), first, width),
        reference: floats(rows.slice(first * width), tokens - first, width),
        time_features: floats(timeFeatures(sigma, compute), 1, 256),
      }
      return this.#transformer.run(inputs, 'velocity', signal)
    }
    const sigmas = schedule(steps, tokens)
    const lambdas = new Array<number>(steps).fill(0)
    const latents = await denoise(
      noise,
      sigmas,
      lambdas,
      velocity,
      (x) => x,
      () => signal.throwIfAborted(),
    )
    await this.#transformer.release()
    return latents
  }

  /** Pixels [3, height, width]. */
  decoded(latents: Float32Array, grid: TokenGrid, signal: AbortSignal): Promise<Float32Array> {
    const size = { width: 2 * grid.cols, height: 2 * grid.rows }
    return this.#autoencoder.decode(this.#latents.latentsOf(latents, grid), size, signal)
  }

  async close(): Promise<void> {
    await Promise.all([this.#sessions.close(), this.#parts.text.close()])
  }

  /**
   * The graph's inputs that no step changes. It expects target and reference tokens: one half of the
   * tokens are given as the one and the other as the other. Without control, that is FLUX.1 without a
   * reference.
   */
  #constantInputs(grid: TokenGrid, text: TextConditioning): Record<string, Tensor> {
    const tokens = grid.rows * grid.cols
    const first = Math.ceil(tokens / 2)
    const positions = flux1Positions(this.#config)
    const image = Array.from({ length: tokens }, (_, i) =>
      positions.target(Math.floor(i / grid.cols), i % grid.cols),
    )
    const count = text.tokens.dims[0] as number
    const words = Array.from({ length: count }, (_, i) => positions.text(i))
    return {
      text: text.tokens,
      pooled: text.pooled,
      ...sequenceInputs(count, first, tokens - first),
      ...ropeInputs('', [...image, ...words], positions),
      ...(this.#config.guidance_embeds && {
        guidance_features: floats(guidanceFeatures(GUIDANCE, this.#parts.compute), 1, 256),
      }),
    }
  }
}

/** The mask as tokens [tokens, 256]: its 8 x 8 pixels are the channels of a latent, which are packed. */
export function maskTokens({ width, hole }: Size & Pick<Holed, 'hole'>, grid: TokenGrid) {
  const [rows, cols] = [2 * grid.rows, 2 * grid.cols]
  const channels = new Float32Array(FACTOR ** 2 * rows * cols)
  for (let u = 0; u < FACTOR; u++)
    for (let v = 0; v < FACTOR; v++)
      for (let row = 0; row < rows; row++)
        for (let col = 0; col < cols; col++) {
          const flag = hole[(FACTOR * row + u) * width + FACTOR * col + v] as number
          channels[((FACTOR * u + v) * rows + row) * cols + col] = flag
        }
  return packLatents(channels, FACTOR ** 2, grid)
}

/** Features of tokens, beside each other. @param parts [tokens, any] each */
function joined(parts: readonly Float32Array[], tokens: number): Float32Array {
  const widths = parts.map((part) => part.length / tokens)
  const width = widths.reduce((sum, each) => sum + each, 0)
  const out = new Float32Array(tokens * width)
  for (let token = 0; token < tokens; token++) {
    let at = token * width
    parts.forEach((part, i) => {
      const own = widths[i] as number
      out.set(part.subarray(token * own, (token + 1) * own), at)
      at += own
    })
  }
  return out
}
