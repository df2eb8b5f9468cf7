/**
 * The interface of a backbone family. Each folder next to this file implements {@link Family} for
 * one or more backbones and is listed in registry.ts; docs/port-a-backbone.md explains the members.
 * No code outside the folder depends on the family.
 */

import type { Size } from '../../shared/drag.ts'
import type { TokenGrid } from '../../shared/token-grid.ts'
import type { ExternalTensor } from '../onnx/graph.ts'
import type { Tensor } from '../onnx/tensor.ts'
import type { Control, Streams } from '../sampler/control.ts'
import type { Velocity } from '../sampler/denoise.ts'
import type { LowPrecision, LowPrecisionOptions } from './low-precision.ts'
import type { ComponentKind } from './parts/component.ts'
import type { ComputeType } from './parts/emitter.ts'
import type { ComponentSize, MemoryEstimate } from './parts/memory.ts'
import type { SessionSettings } from './parts/sessions.ts'

/** A family of checkpoints: their files, their graphs, and how they are opened. */
export type Family = {
  /** How a checkpoint is obtained. */
  readonly source:
    | { readonly kind: 'downloaded'; readonly files: RegExp }
    | { readonly kind: 'computed'; readonly write: (cache: string) => Promise<string> }
  /** Components of a checkpoint folder, by the name of their folder. */
  readonly components: Readonly<Record<string, ComponentKind>>
  /** Bytes that an edit of `tokens` target tokens needs, from the components' sizes and configs. */
  readonly memory: (components: SizedComponents, tokens: number) => MemoryEstimate
  /** Opens a checkpoint folder and loads the sessions that stay loaded. */
  readonly open: (folder: string, options: OpenOptions) => Promise<OpenBackbone>
  /** A small transformer with a known output, run before the worker is ready. */
  readonly selfTest: SelfTestBlock
}

/** Sizes and configs of a checkpoint's components, by name. */
export type SizedComponents = Readonly<
  Record<string, { readonly size: ComponentSize; readonly config: unknown }>
>

export type OpenOptions = SessionSettings & {
  /** Side of a decoded tile, in latents. If undefined, everything is decoded at once. */
  readonly decodeTile?: number | undefined
  /** Execution provider of the text encoders; `provider` if undefined. */
  readonly textProvider?: SessionSettings['provider'] | undefined
  /** Low precision for the transformer's weights; as they are stored if undefined. */
  readonly lowPrecision?: LowPrecisionOptions | undefined
}

/** The photo at its working size: pixels [3, height, width] in [-1, 1]. */
export type WorkingPhoto = Size & { readonly pixels: Float32Array }

/**
 * An opened checkpoint. Latents are passed as tokens [tokens, features]; the packing of pixels and
 * channels into a token, and the scaling of latents, are internal to the family.
 *
 * `Conditioning` is the family's own representation of a prompt; other code only passes it on. A
 * `signal` ends a graph between two blocks on a CPU; the method then throws the signal's reason.
 */
export type OpenBackbone<Conditioning = unknown> = {
  /** Compute type of the transformer, and the digest of its checkpoint's layout. */
  readonly compute: ComputeType
  readonly fingerprint: string
  /** The low precision of the transformer's weights; undefined if they are as they are stored. */
  readonly weights?: LowPrecision | undefined
  /** Milliseconds that transformer and autoencoder have spent in onnxruntime since opening. */
  readonly insideSession: { readonly milliseconds: number }
  /** The photo as clean reference tokens [tokens, features]. */
  encode(photo: WorkingPhoto, signal?: AbortSignal): Promise<Float32Array>
  /** Encodes a prompt; some text encoders also take the photo. */
  condition(
    input: { readonly prompt: string; readonly photo: WorkingPhoto },
    signal?: AbortSignal,
  ): Promise<Conditioning>
  /** The `steps + 1` noise levels of a run, from 1 down to 0, for `tokens` target tokens. */
  schedule(steps: number, tokens: number): number[]
  /** Seeded noise [tokens, features], in the same layout as the family's original sampler. */
  noise(seed: number, grid: TokenGrid): Float32Array
  /** The transformer as a function for the sampler, for one run. */
  velocity(run: VelocityInputs<Conditioning>, signal?: AbortSignal): Velocity
  /** Denoised tokens [tokens, features] to pixels [3, height, width], not clamped. */
  decode(latents: Float32Array, grid: TokenGrid, signal?: AbortSignal): Promise<Float32Array>
  /** A function that draws thumbnails of a run, from its reference tokens and photo. */
  previews(reference: Float32Array, photo: WorkingPhoto): (latents: Float32Array) => Thumbnail
  close(): Promise<void>
}

/** The inputs that stay the same during a run. */
export type VelocityInputs<Conditioning> = {
  readonly grid: TokenGrid
  /** Reference tokens [R, features]: the clean photo, [tokens, features], unless `streams` says more. */
  readonly reference: Float32Array
  readonly control: Control
  /** What target and reference are; by default all tokens, and the photo beside them. */
  readonly streams?: Streams | undefined
  /** Distilled guidance; null for a backbone without it. */
  readonly guidance: number | null
  readonly conditioning: Conditioning
}

/** 8-bit RGB [height, width, 3]. */
export type Thumbnail = Size & { readonly rgb: Uint8Array }

export type SelfTestBlock = {
  /** Writes the graph; a TensorRecorder records the weights it needs. */
  readonly graph: (tensors: ReadonlyMap<string, ExternalTensor>, compute: ComputeType) => Uint8Array
  readonly inputs: () => Record<string, Tensor>
  /** Features per token of the output `velocity`. */
  readonly features: number
  /**
   * Mean and root mean square of the first and of the last token of the output in float32, from
   * another implementation.
   */
  readonly knownAnswer: readonly number[]
}
