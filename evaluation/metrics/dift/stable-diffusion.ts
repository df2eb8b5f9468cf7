/**
 * DIFT: dense features of a picture by Stable Diffusion 2.1 (the folder of diffusers). The picture is
 * encoded, noise of one step of training is added, and the UNet's second up block says what is where;
 * mean over draws of noise.
 */

import { join } from 'node:path'
import { attentionParts, KlConfig } from '../../../gpu-worker/backbones/parts/autoencoder/kl.ts'
import type { Tensors } from '../../../gpu-worker/backbones/parts/component.ts'
import { ClipConfig, clipGraph, clipInputs } from '../../../gpu-worker/backbones/parts/text/clip.ts'
import { readJsonFile } from '../../../gpu-worker/checkpoint/json-file.ts'
import { type Component, openComponent } from '../../../gpu-worker/checkpoint/layout.ts'
import { LazySession } from '../../../gpu-worker/onnx/lazy-session.ts'
import type { SessionOptions } from '../../../gpu-worker/onnx/session.ts'
import { floats, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import type { Planes } from '../lpips/resize.ts'
import { configOf, graphOf } from './component.ts'
import { momentsGraph } from './moments-graph.ts'
import { alphaAt, SchedulerConfig, withNoise } from './noise-level.ts'
import { promptTokenizer } from './prompt.ts'
import { UnetConfig } from './unet-config.ts'
import { featureChannels, featureSize, unetGraph, unetInputs } from './unet-graph.ts'

/** The step of training that all published evaluations take. */
export const STEP = 261
/** Stable Diffusion's, where the file does not say. */
const SCALE = 0.18215

/** One draw: noise of the autoencoder's posterior (null for its mean), and noise that is added. */
export type Draw = { readonly posterior: Float32Array | null; readonly noise: Float32Array }

/** Features [channels, rows, cols]. */
export type DenseFeatures = {
  readonly data: Float32Array
  readonly dims: readonly [number, number, number]
}

type Part = 'unet' | 'vae' | 'text'

type Opened = {
  readonly unet: UnetConfig
  readonly vae: KlConfig
  readonly text: ClipConfig
  readonly tokenize: (prompt: string, length: number) => number[]
  /** What of the picture is left at the step. */
  readonly alpha: number
}

export class StableDiffusion {
  readonly #opened: Opened
  readonly #sessions: Readonly<Record<Part, LazySession>>

  private constructor(opened: Opened, sessions: Readonly<Record<Part, LazySession>>) {
    this.#opened = opened
    this.#sessions = sessions
  }

  /** @throws EditError `model_unavailable` if the folder is not Stable Diffusion 2 */
  static async open(folder: string, options: SessionOptions): Promise<StableDiffusion> {
    const unet = await openComponent(join(folder, 'unet'))
    const vae = await openComponent(join(folder, 'vae'))
    const text = await openComponent(join(folder, 'text_encoder'))
    const scheduler = join(folder, 'scheduler', 'scheduler_config.json')
    const opened = {
      unet: configOf(unet, UnetConfig),
      vae: configOf(vae, KlConfig, { scaling_factor: SCALE }),
      text: configOf(text, ClipConfig),
      tokenize: await promptTokenizer(join(folder, 'tokenizer')),
      alpha: alphaAt(SchedulerConfig.parse(await readJsonFile(scheduler)), STEP),
    }
    const session = (component: Component, write: (tensors: Tensors) => Uint8Array) => {
      const graph = graphOf(component, write)
      return new LazySession(() => graph, options, true)
    }
    return new StableDiffusion(opened, {
      unet: session(unet, (tensors) => unetGraph(opened.unet, tensors)),
      vae: session(vae, (tensors) => momentsGraph(opened.vae, tensors)),
      text: session(text, (tensors) => clipGraph(opened.text, tensors, 'F32')),
    })
  }

  /** The features of ids [T, D] that condition the UNet. */
  async encodeText(ids: readonly number[]): Promise<Float32Array> {
    return (await this.#run('text', clipInputs(ids), 'last_hidden_state')).data
  }

  /** The same of a prompt, padded or cut to the length that the encoder was trained with. */
  encodePrompt(prompt: string): Promise<Float32Array> {
    const { tokenize, text } = this.#opened
    return this.encodeText(tokenize(prompt, text.max_position_embeddings))
  }

  /** Values of a draw for a picture of this size. */
  latentCount({ width, height }: { readonly width: number; readonly height: number }): number {
    const { rows, cols } = this.#latentSize(width, height)
    return this.#opened.vae.latent_channels * rows * cols
  }

  /** Mean of the features over draws. @param text from {@link encodePrompt} */
  async featuresOf(
    picture: Planes,
    text: Float32Array,
    draws: readonly Draw[],
    signal?: AbortSignal,
  ): Promise<DenseFeatures> {
    const { unet, vae, alpha } = this.#opened
    const size = this.#latentSize(picture.width, picture.height)
    const { mean, deviation } = await this.#posterior(picture, size, signal)
    const width = unet.cross_attention_dim
    const encoded = floats(text, text.length / width, width)
    const { rows, cols } = featureSize(unet, size)
    const channels = featureChannels(unet)
    const features = new Float32Array(channels * rows * cols)
    for (const { posterior, noise } of draws) {
      const latents = mean.map((value, i) =>
        Math.fround(
          vae.scaling_factor * (value + (deviation[i] as number) * (posterior?.[i] ?? 0)),
        ),
      )
      const inputs = unetInputs(unet, withNoise(latents, noise, alpha), size, STEP)
      const { data } = await this.#run('unet', { ...inputs, text: encoded }, 'features', signal)
      for (let i = 0; i < features.length; i++) features[i]! += data[i]! / draws.length
    }
    return { data: features, dims: [channels, rows, cols] }
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#sessions).map((session) => session.close()))
  }

  /** Mean and standard deviation of the autoencoder's latents, not scaled. */
  async #posterior(
    { width, height, data }: Planes,
    { rows, cols }: { readonly rows: number; readonly cols: number },
    signal?: AbortSignal,
  ): Promise<Record<'mean' | 'deviation', Float32Array>> {
    const { vae } = this.#opened
    const inputs = {
      x: floats(data, 1, 3, height, width),
      ...(vae.mid_block_add_attention && { attention_parts: attentionParts(rows, cols) }),
    }
    const moments = (await this.#run('vae', inputs, 'moments', signal)).data
    const half = moments.length / 2
    return {
      mean: moments.subarray(0, half),
      // diffusers DiagonalGaussianDistribution clamps the log-variance.
      deviation: moments
        .subarray(half)
        .map((log) => Math.exp(Math.min(20, Math.max(-30, log)) / 2)),
    }
  }

  #latentSize(width: number, height: number): { rows: number; cols: number } {
    const factor = 2 ** (this.#opened.vae.block_out_channels.length - 1)
    return { rows: Math.floor(height / factor), cols: Math.floor(width / factor) }
  }

  async #run(
    part: Part,
    inputs: Record<string, Tensor>,
    output: string,
    signal?: AbortSignal,
  ): Promise<Tensor & { type: 'F32' }> {
    const { outputs } = await this.#sessions[part].run(inputs, signal)
    const tensor = outputs[output]
    if (tensor?.type !== 'F32') throw new Error(`the graph returned no float output ${output}`)
    return tensor
  }
}
