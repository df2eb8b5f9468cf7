/** Prompts to FLUX.2's conditioning: chat template, tokenizer and Qwen3, cached by prompt. */

import { join } from 'node:path'
import { Recent } from '../../../../shared/recent.ts'
import type { Component } from '../../../checkpoint/layout.ts'
import { LazySession } from '../../../onnx/lazy-session.ts'
import { type ExecutionProvider, isStoppable } from '../../../onnx/session.ts'
import type { Tensor } from '../../../onnx/tensor.ts'
import type { ComputeType } from '../../parts/emitter.ts'
import { openQwen3 } from '../../parts/text/qwen-files.ts'
import { type QwenTokenizer, qwenTokenizer } from '../../parts/text/qwen-tokenizer.ts'
import { Qwen3Config, qwen3Graph, qwen3Inputs } from '../../parts/text/qwen3.ts'
import { HIDDEN_STATES } from './component.ts'

/** Tokens of a prompt (diffusers pipeline_flux2_klein.py, max_sequence_length). */
export const PROMPT_LENGTH = 512
/** Cached prompts; one takes 16 MB with klein-4B. */
const REMEMBERED = 16

export type Flux2TextOptions = {
  readonly provider: ExecutionProvider
  readonly compute: ComputeType
  readonly threads?: number | undefined
  /** Whether the encoder stays loaded between prompts: 12.4 GB in float32 with klein-4B, 6.2 in bfloat16. */
  readonly keepLoaded: boolean
}

/** Qwen3's chat with one message and no thinking, as its template writes it. */
export function chatOf(prompt: string): string {
  return `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n`
}

export class Flux2Text {
  readonly #config: Qwen3Config
  readonly #tokenizer: QwenTokenizer
  readonly #session: LazySession
  readonly #remembered = new Recent<string, Tensor>(REMEMBERED)

  private constructor(encoder: Component, tokenizer: QwenTokenizer, options: Flux2TextOptions) {
    const config = Qwen3Config.parse(encoder.config)
    this.#config = config
    this.#tokenizer = tokenizer
    const { compute, keepLoaded, provider } = options
    const emit = () =>
      qwen3Graph(config, encoder.tensors, compute, HIDDEN_STATES, isStoppable(provider))
    this.#session = new LazySession(emit, options, keepLoaded)
  }

  /**
   * Opens the encoder without loading it.
   *
   * @param checkpoint folder with the encoder, as a folder or a file, and tokenizer
   * @throws EditError `model_unavailable` if one of them is missing or broken
   */
  static async open(checkpoint: string, options: Flux2TextOptions): Promise<Flux2Text> {
    const encoder = await openQwen3(checkpoint)
    return new Flux2Text(encoder, await qwenTokenizer(join(checkpoint, 'tokenizer')), options)
  }

  /** Numbers of a token: its states side by side. */
  get width(): number {
    return HIDDEN_STATES.length * this.#config.hidden_size
  }

  /** The conditioning [512, 3 D] of a prompt, which may be empty; padding is kept. */
  async encode({ prompt }: { readonly prompt: string }, signal?: AbortSignal): Promise<Tensor> {
    const known = this.#remembered.get(prompt)
    if (known !== undefined) return known
    const { ids, attended } = this.#tokenizer.padded(chatOf(prompt), PROMPT_LENGTH)
    try {
      const { outputs } = await this.#session.run(qwen3Inputs(this.#config, ids, attended), signal)
      const states = outputs.prompt_embeds
      if (states === undefined) throw new Error('the encoder returned no states')
      this.#remembered.set(prompt, states)
      return states
    } finally {
      await this.#session.release()
    }
  }

  close(): Promise<void> {
    return this.#session.close()
  }
}
