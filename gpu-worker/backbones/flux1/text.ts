/**
 * Encodes prompts for FLUX.1: T5's token states and CLIP's pooled state. The encoders are loaded
 * when first needed; results are cached by prompt.
 */

import { join } from 'node:path'
import { Recent } from '../../../shared/recent.ts'
import { type Component, openComponent } from '../../checkpoint/layout.ts'
import {
  type ExecutionProvider,
  isStoppable,
  Session,
  type SessionOptions,
} from '../../onnx/session.ts'
import { floats, indices, type Tensor } from '../../onnx/tensor.ts'
import type { ComputeType } from '../parts/emitter.ts'
import { ClipConfig, clipGraph, clipInputs, clipPooledIndex } from '../parts/text/clip.ts'
import { T5Config, t5Buckets, t5Graph } from '../parts/text/t5.ts'
import { clipTokenizer, type Tokenize, t5Tokenizer } from '../parts/text/tokenizers.ts'
import type { TextConditioning } from './inputs.ts'

/** Lengths of the two prompts (diffusers pipeline_flux_kontext.py). */
const CLIP_LENGTH = 77
export const T5_LENGTH = 512
/** Cached prompts; one takes 8 MB at full size. */
const REMEMBERED = 16

export type TextOptions = {
  readonly provider: ExecutionProvider
  readonly compute: ComputeType
  readonly threads?: number | undefined
  /** Whether the encoders stay loaded between prompts: 19 GB in float32, 9.5 GB in bfloat16. */
  readonly keepLoaded: boolean
}

/** The encoders of a checkpoint, opened but not loaded, and their tokenizers. */
type Encoders = {
  readonly t5: Component
  readonly clip: Component
  readonly tokenizeT5: Tokenize
  readonly tokenizeClip: Tokenize
}

export class FluxText {
  readonly #encoders: Encoders
  readonly #options: TextOptions
  readonly #remembered = new Recent<string, TextConditioning>(REMEMBERED)
  readonly #sessions = new Map<string, Promise<Session>>()

  private constructor(encoders: Encoders, options: TextOptions) {
    this.#encoders = encoders
    this.#options = options
  }

  /**
   * Opens the encoders without loading them.
   *
   * @param checkpoint folder with text_encoder, text_encoder_2, tokenizer and tokenizer_2
   * @throws EditError `model_unavailable` if one of them is missing or broken
   */
  static async open(checkpoint: string, options: TextOptions): Promise<FluxText> {
    const encoders = {
      t5: await openComponent(join(checkpoint, 'text_encoder_2')),
      clip: await openComponent(join(checkpoint, 'text_encoder')),
      tokenizeT5: await t5Tokenizer(join(checkpoint, 'tokenizer_2')),
      tokenizeClip: await clipTokenizer(join(checkpoint, 'tokenizer')),
    }
    return new FluxText(encoders, options)
  }

  /** The conditioning of a prompt, which may be empty. */
  async encode(
    { prompt }: { readonly prompt: string },
    signal?: AbortSignal,
  ): Promise<TextConditioning> {
    const known = this.#remembered.get(prompt)
    if (known !== undefined) return known
    try {
      const tokens = await this.#t5(prompt, signal)
      const conditioning = { tokens, pooled: await this.#clip(prompt, signal) }
      this.#remembered.set(prompt, conditioning)
      return conditioning
    } finally {
      if (!this.#options.keepLoaded) await this.close()
    }
  }

  async close(): Promise<void> {
    const sessions = await Promise.all(this.#sessions.values())
    this.#sessions.clear()
    await Promise.all(sessions.map((session) => session.close()))
  }

  async #t5(prompt: string, signal: AbortSignal | undefined): Promise<Tensor> {
    const { t5, tokenizeT5 } = this.#encoders
    const config = T5Config.parse(t5.config)
    const session = await this.#session('t5', () =>
      t5Graph(config, t5.tensors, this.#options.compute, this.#stoppable),
    )
    const feeds = {
      input_ids: indices(tokenizeT5(prompt, T5_LENGTH)),
      buckets: t5Buckets(config, T5_LENGTH),
    }
    return this.#hidden(session, feeds, signal)
  }

  async #clip(prompt: string, signal: AbortSignal | undefined): Promise<Tensor> {
    const { clip, tokenizeClip } = this.#encoders
    const config = ClipConfig.parse(clip.config)
    const session = await this.#session('clip', () =>
      clipGraph(config, clip.tensors, this.#options.compute, this.#stoppable),
    )
    const ids = tokenizeClip(prompt, CLIP_LENGTH)
    const { data } = await this.#hidden(session, clipInputs(ids), signal)
    const at = clipPooledIndex(ids, config.eos_token_id)
    return floats(
      data.slice(at * config.hidden_size, (at + 1) * config.hidden_size),
      1,
      config.hidden_size,
    )
  }

  get #stoppable(): boolean {
    return isStoppable(this.#options.provider)
  }

  #session(name: string, emit: () => Uint8Array): Promise<Session> {
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const options: SessionOptions = this.#options
    const session = Session.create(emit(), options)
    this.#sessions.set(name, session)
    return session
  }

  async #hidden(
    session: Session,
    feeds: Record<string, Tensor>,
    signal: AbortSignal | undefined,
  ): Promise<Tensor & { type: 'F32' }> {
    const { outputs } = await session.run(feeds, signal)
    const hidden = outputs.last_hidden_state
    if (hidden?.type !== 'F32') throw new Error('the encoder returned no states')
    return hidden
  }
}
