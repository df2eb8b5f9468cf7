/**
 * A backbone ready to run: its checkpoint opened, its graphs written and loaded. Knows nothing of
 * drags or photos.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackboneName } from '../../../shared/backbones.ts'
import type { Size } from '../../../shared/drag.ts'
import { EditError } from '../../../shared/errors.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import { openComponent, warmPageCache } from '../../checkpoint/layout.ts'
import { LazySession } from '../../onnx/lazy-session.ts'
import type { Provider } from '../../onnx/session.ts'
import { floats, type Tensor } from '../../onnx/tensor.ts'
import type { Control } from '../../sampler/control.ts'
import type { Velocity } from '../../sampler/denoise.ts'
import { DynamicShift, linearSchedule, shiftedSchedule } from '../../sampler/schedule.ts'
import { type EmbeddedTier, embeddedTiers } from '../embedded/checkpoint.ts'
import { embeddedFolder } from '../embedded/folder.ts'
import {
  AutoencoderConfig,
  autoencoderFactor,
  autoencoderInputs,
  decoderGraph,
  encoderGraph,
} from '../parts/autoencoder/graphs.ts'
import { decodeInTiles } from '../parts/autoencoder/tiled-decode.ts'
import type { ComputeType } from '../parts/emitter.ts'
import { openTransformer } from './folder.ts'
import { constantInputs, stepInputs, type TextConditioning } from './inputs.ts'
import { FluxText } from './text.ts'
import { Flux1Config, flux1Graph } from './transformer.ts'

/** What a run tells the backbone once, before its first step. */
export type Conditioning = {
  readonly grid: TokenGrid
  /** Packed, clean reference latents [tokens, features]. */
  readonly reference: Float32Array
  readonly control: Control
  readonly guidance: number | null
  readonly text: TextConditioning
}

/** Parts of a pipeline that take memory. */
export type LoadedPart = 'text' | 'transformer' | 'vae'

export type PipelineOptions = {
  readonly provider: Provider
  readonly cache: string
  readonly threads?: number
  /** Folder of the checkpoint, in Hugging Face's layout; the embedded tiers bring their own. */
  readonly checkpoint?: string
  /** Parts that stay loaded between runs; the others are loaded when needed and released after. */
  readonly keepLoaded?: readonly LoadedPart[]
  /** Largest side, in latents, that is decoded at a time; all at once where it is not said. */
  readonly decodeTile?: number
  /** Where text is encoded; the provider's own where it is not said. */
  readonly textProvider?: Provider
}

/** Milliseconds spent inside onnxruntime since the pipeline was loaded. */
export type Stopwatch = { milliseconds: number }

export class Pipeline {
  readonly backbone: BackboneName
  /** Channels of the autoencoder's latents; a token packs four of each. */
  readonly channels: number
  readonly insideSession: Stopwatch = { milliseconds: 0 }
  /** Compute type of the transformer, and the digest of its checkpoint's layout. */
  readonly compute: ComputeType
  readonly fingerprint: string
  readonly #flux: Flux1Config
  readonly #vae: AutoencoderConfig
  readonly #sessions: Sessions
  /** Null for the analytic checkpoints, which ignore text by construction. */
  readonly #text: FluxText | null
  readonly #shift: DynamicShift | null
  readonly #decodeTile: number | null

  private constructor(backbone: BackboneName, parts: Parts) {
    this.backbone = backbone
    this.channels = parts.vae.latent_channels
    this.compute = parts.compute
    this.fingerprint = parts.fingerprint
    this.#flux = parts.flux
    this.#vae = parts.vae
    this.#sessions = parts.sessions
    this.#text = parts.text
    this.#shift = parts.shift
    this.#decodeTile = parts.decodeTile
  }

  /**
   * Loads a backbone.
   *
   * @throws EditError `model_unavailable` for a backbone this worker has no checkpoint of
   */
  static async load(backbone: BackboneName, options: PipelineOptions): Promise<Pipeline> {
    const embedded = isEmbedded(backbone)
    const folder = embedded ? await embeddedFolder(backbone, options.cache) : options.checkpoint
    if (folder === undefined)
      throw new EditError(
        'model_unavailable',
        `there is no checkpoint of ${backbone} here; name one with --checkpoint`,
        {
          pointer: '/model',
        },
      )
    const transformer = await openTransformer(folder)
    const autoencoder = await openComponent(join(folder, 'vae'))
    const flux = Flux1Config.parse(transformer.config)
    const vae = AutoencoderConfig.parse(autoencoder.config)
    // The analytic weights want float32 everywhere; the autoencoder has no bfloat16 kernels to use.
    const compute: ComputeType = options.provider === 'cuda' && !embedded ? 'BF16' : 'F32'
    const kept = options.keepLoaded ?? ['transformer', 'vae']
    const lazy = (part: LoadedPart, emit: () => Uint8Array | Promise<Uint8Array>) =>
      new LazySession(emit, options, kept.includes(part))
    const sessions = {
      transformer: lazy('transformer', async () => {
        if (options.provider === 'cuda') await warmPageCache(transformer)
        return flux1Graph(flux, transformer.tensors, compute)
      }),
      encoder: lazy('vae', () => encoderGraph(vae, autoencoder.tensors, 'F32')),
      decoder: lazy('vae', () => decoderGraph(vae, autoencoder.tensors, 'F32')),
    }
    for (const session of Object.values(sessions)) await session.warm()
    const textProvider = options.textProvider ?? options.provider
    const textOptions = {
      ...options,
      provider: textProvider,
      compute: textProvider === 'cuda' ? ('BF16' as const) : ('F32' as const),
      keepLoaded: kept.includes('text'),
    }
    const text = embedded ? null : new FluxText(folder, textOptions)
    const shift = embedded
      ? null
      : DynamicShift.parse(await readJson(join(folder, 'scheduler', 'scheduler_config.json')))
    const { fingerprint } = transformer
    const parts = { flux, vae, sessions, text, shift, compute, fingerprint }
    return new Pipeline(backbone, { ...parts, decodeTile: options.decodeTile ?? null })
  }

  /** Noise levels of a run of `steps` steps over `tokens` target tokens. */
  schedule(steps: number, tokens: number): number[] {
    return this.#shift === null
      ? linearSchedule(steps)
      : shiftedSchedule(steps, tokens, this.#shift)
  }

  /** What a prompt conditions the backbone on. */
  async encodePrompt(prompt: string): Promise<TextConditioning> {
    if (this.#text !== null) return this.#text.encode(prompt)
    // Eight tokens of zeros are the analytic transformer's sink.
    const { joint_attention_dim: joint, pooled_projection_dim: pooled } = this.#flux
    return {
      tokens: floats(new Float32Array(8 * joint), 8, joint),
      pooled: floats(new Float32Array(pooled), 1, pooled),
    }
  }

  /** Pixels [3, height, width] in [-1, 1] to scaled latents [z, h, w]. */
  async encode(pixels: Float32Array, height: number, width: number): Promise<Float32Array> {
    const factor = autoencoderFactor(this.#vae)
    const mean = await this.#run(
      this.#sessions.encoder,
      {
        x: floats(pixels, 1, 3, height, width),
        ...autoencoderInputs(this.#vae, height / factor, width / factor),
      },
      'mean',
    )
    await this.#sessions.encoder.release()
    const { shift_factor: shift, scaling_factor: scale } = this.#vae
    return mean.map((value) => (value - shift) * scale)
  }

  /** Scaled latents [z, h, w] to pixels [3, H, W], not clamped. */
  async decode(latents: Float32Array, grid: TokenGrid): Promise<Float32Array> {
    const { shift_factor: shift, scaling_factor: scale } = this.#vae
    const z = latents.map((value) => value / scale + shift)
    // Nothing is denoised any more when there is something to decode.
    await this.#sessions.transformer.release()
    const decode = (part: Float32Array, { width, height }: Size) =>
      this.#run(
        this.#sessions.decoder,
        {
          z: floats(part, 1, this.channels, height, width),
          ...autoencoderInputs(this.#vae, height, width),
        },
        'sample',
      )
    const size = { width: 2 * grid.cols, height: 2 * grid.rows }
    const sample =
      this.#decodeTile === null
        ? await decode(z, size)
        : await decodeInTiles(z, this.channels, size, this.#decodeTile, decode)
    await this.#sessions.decoder.release()
    return sample
  }

  /** The backbone as the sampler wants it. */
  velocity({ grid, reference, control, guidance, text }: Conditioning): Velocity {
    const constant = constantInputs(this.#flux, grid, reference, text, guidance, control)
    return (x, sigma, lambda) =>
      this.#run(
        this.#sessions.transformer,
        { ...constant, ...stepInputs(this.#flux, x, sigma, control, lambda) },
        'velocity',
      )
  }

  async close(): Promise<void> {
    const sessions = Object.values(this.#sessions).map((session) => session.close())
    await Promise.all([...sessions, this.#text?.close()])
  }

  async #run(
    session: LazySession,
    inputs: Record<string, Tensor>,
    output: string,
  ): Promise<Float32Array> {
    const { outputs, milliseconds } = await session.run(inputs)
    this.insideSession.milliseconds += milliseconds
    const tensor = outputs[output]
    if (tensor?.type !== 'F32') throw new Error(`the graph gave no float output ${output}`)
    return tensor.data
  }
}

/** What a pipeline is made of. */
type Parts = {
  readonly compute: ComputeType
  readonly fingerprint: string
  readonly flux: Flux1Config
  readonly vae: AutoencoderConfig
  readonly sessions: Sessions
  readonly text: FluxText | null
  readonly shift: DynamicShift | null
  readonly decodeTile: number | null
}

type Sessions = {
  readonly transformer: LazySession
  readonly encoder: LazySession
  readonly decoder: LazySession
}

function isEmbedded(backbone: BackboneName): backbone is EmbeddedTier {
  return Object.hasOwn(embeddedTiers, backbone)
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'))
}
