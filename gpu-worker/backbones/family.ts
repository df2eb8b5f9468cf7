/**
 * What a backbone tells the worker. A folder beside this file implements {@link Family} for one
 * backbone or several, and registry.ts names it; docs/port-a-backbone.md goes through the members.
 * Nothing outside the folder knows which family runs.
 */

import type { Size } from '../../shared/drag.ts'
import type { TokenGrid } from '../../shared/token-grid.ts'
import type { ExternalTensor } from '../onnx/graph.ts'
import type { Tensor } from '../onnx/tensor.ts'
import type { Control } from '../sampler/control.ts'
import type { Velocity } from '../sampler/denoise.ts'
import type { ComponentKind } from './parts/component.ts'
import type { ComputeType } from './parts/emitter.ts'
import type { ComponentSize, MemoryEstimate } from './parts/memory.ts'
import type { SessionSettings } from './parts/sessions.ts'

/** A family of checkpoints: their files, their graphs, and how they are opened. */
export type Family = {
  /** Where a checkpoint comes from. */
  readonly source:
    | { readonly kind: 'downloaded'; readonly files: RegExp }
    | { readonly kind: 'computed'; readonly write: (cache: string) => Promise<string> }
  /** Components of a checkpoint folder, by the name of their own folder. */
  readonly components: Readonly<Record<string, ComponentKind>>
  /** Bytes an edit of `tokens` target tokens needs, from the components' sizes and configs. */
  readonly memory: (components: SizedComponents, tokens: number) => MemoryEstimate
  /** Opens a checkpoint folder; the sessions that stay loaded are loaded. */
  readonly open: (folder: string, options: OpenOptions) => Promise<OpenBackbone>
  /** A small transformer of the family's kind with a known answer, run before the worker is ready. */
  readonly selfTest: SelfTestBlock
}

/** Sizes and configs of a checkpoint's components, by name. */
export type SizedComponents = Readonly<
  Record<string, { readonly size: ComponentSize; readonly config: unknown }>
>

export type OpenOptions = SessionSettings & {
  /** Largest side, in latents, that is decoded at a time; all at once where it is not set. */
  readonly decodeTile?: number | undefined
  /** Where text is encoded; the execution provider of the rest where it is not set. */
  readonly textProvider?: SessionSettings['provider'] | undefined
}

/** The photo at its working size: pixels [3, height, width] in [-1, 1]. */
export type WorkingPhoto = Size & { readonly pixels: Float32Array }

/**
 * A checkpoint that has been opened. Latents are tokens [tokens, features] on this side: how many
 * pixels and channels a token packs, and how latents are scaled, is the family's own business.
 *
 * `Conditioning` is what the family makes of a prompt; everybody else hands it on unread.
 */
export type OpenBackbone<Conditioning = unknown> = {
  /** Compute type of the transformer, and the digest of its checkpoint's layout. */
  readonly compute: ComputeType
  readonly fingerprint: string
  /** Milliseconds spent inside onnxruntime by transformer and autoencoder since it was opened. */
  readonly insideSession: { readonly milliseconds: number }
  /** The photo as clean reference tokens [tokens, features]. */
  encode(photo: WorkingPhoto): Promise<Float32Array>
  /** What a prompt conditions the backbone on; some text encoders look at the photo too. */
  condition(input: { readonly prompt: string; readonly photo: WorkingPhoto }): Promise<Conditioning>
  /** Noise levels of a run, from 1 down to 0: `steps + 1` of them, for `tokens` target tokens. */
  schedule(steps: number, tokens: number): number[]
  /** Seeded noise [tokens, features], drawn in the layout that the family's own sampler uses. */
  noise(seed: number, grid: TokenGrid): Float32Array
  /** The transformer as the sampler calls it, for one run. */
  velocity(run: VelocityInputs<Conditioning>): Velocity
  /** Denoised tokens [tokens, features] to pixels [3, height, width], not clamped. */
  decode(latents: Float32Array, grid: TokenGrid): Promise<Float32Array>
  /** Thumbnails of latents of this run, from the reference tokens and the photo they come from. */
  previews(reference: Float32Array, photo: WorkingPhoto): (latents: Float32Array) => Thumbnail
  close(): Promise<void>
}

/** What a run tells the backbone once, before its first step. */
export type VelocityInputs<Conditioning> = {
  readonly grid: TokenGrid
  /** Clean reference tokens [tokens, features]. */
  readonly reference: Float32Array
  readonly control: Control
  /** Distilled guidance; null for a backbone that takes none. */
  readonly guidance: number | null
  readonly conditioning: Conditioning
}

/** 8-bit RGB [height, width, 3]. */
export type Thumbnail = Size & { readonly rgb: Uint8Array }

export type SelfTestBlock = {
  /** Writes the graph; with a TensorRecorder it writes down which weights it needs. */
  readonly graph: (tensors: ReadonlyMap<string, ExternalTensor>, compute: ComputeType) => Uint8Array
  readonly inputs: () => Record<string, Tensor>
  /** Features of a token of the output `velocity`. */
  readonly features: number
  /**
   * Mean and root mean square of the first and of the last token of the output in float32, from
   * another implementation.
   */
  readonly knownAnswer: readonly number[]
}
