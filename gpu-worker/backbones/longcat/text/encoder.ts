/** A prompt and its photo to LongCat-Image's conditioning: template, patches and Qwen2.5-VL, cached. */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Recent } from '../../../../shared/recent.ts'
import { readJsonFile } from '../../../checkpoint/json-file.ts'
import type { Component } from '../../../checkpoint/layout.ts'
import { oneLine, unusable } from '../../../checkpoint/unusable.ts'
import { LazySession } from '../../../onnx/lazy-session.ts'
import { type ExecutionProvider, isStoppable } from '../../../onnx/session.ts'
import { floats, type Tensor } from '../../../onnx/tensor.ts'
import type { WorkingPhoto } from '../../family.ts'
import type { ComputeType } from '../../parts/emitter.ts'
import { openQwen25Vl } from '../../parts/text/qwen-files.ts'
import { type QwenTokenizer, qwenTokenizer } from '../../parts/text/qwen-tokenizer.ts'
import { Qwen25VlConfig, qwen25VlGraph } from '../../parts/text/qwen2-5-vl.ts'
import {
  type PatchedPicture,
  pictureTokens,
  qwen25VlInputs,
} from '../../parts/text/qwen2-5-vl-inputs.ts'
import { PictureConfig, patchesOf } from '../../parts/vision/patches.ts'
import { lanczos, type Picture, resample } from '../../parts/vision/resample.ts'
import { tokenizePrompt } from './prompt.ts'

/** Cached prompts with their photos; one takes 12 MB, and the patches of a photo 6. */
const REMEMBERED = 16
const REMEMBERED_PHOTOS = 2

export type LongcatTextOptions = {
  readonly provider: ExecutionProvider
  readonly compute: ComputeType
  readonly threads?: number | undefined
  /** Whether the encoder stays loaded between prompts: 31 GB in float32, 15.5 in bfloat16. */
  readonly keepLoaded: boolean
}

export class LongcatText {
  readonly #config: Qwen25VlConfig
  readonly #pictures: PictureConfig
  readonly #tokenizer: QwenTokenizer
  readonly #session: LazySession
  readonly #remembered = new Recent<string, Tensor>(REMEMBERED)
  readonly #patched = new Recent<string, PatchedPicture>(REMEMBERED_PHOTOS)

  private constructor(
    encoder: Component,
    pictures: PictureConfig,
    tokenizer: QwenTokenizer,
    options: LongcatTextOptions,
  ) {
    const config = Qwen25VlConfig.parse(encoder.config)
    this.#config = config
    this.#pictures = pictures
    this.#tokenizer = tokenizer
    const { compute, keepLoaded, provider } = options
    const emit = () => qwen25VlGraph(config, encoder.tensors, compute, isStoppable(provider))
    this.#session = new LazySession(emit, options, keepLoaded)
  }

  /**
   * Opens the encoder without loading it.
   *
   * @param checkpoint folder with the encoder, as a folder or a file, text_processor and tokenizer
   * @throws EditError `model_unavailable` if one of them is missing or broken
   */
  static async open(checkpoint: string, options: LongcatTextOptions): Promise<LongcatText> {
    const encoder = await openQwen25Vl(checkpoint)
    const pictures = await readPictureConfig(
      join(checkpoint, 'text_processor', 'preprocessor_config.json'),
    )
    return new LongcatText(
      encoder,
      pictures,
      await qwenTokenizer(join(checkpoint, 'tokenizer')),
      options,
    )
  }

  /** Numbers of a token. */
  get width(): number {
    return this.#config.text_config.hidden_size
  }

  /**
   * The conditioning [T, D] of a prompt, which may be empty, and its photo: the picture's tokens with
   * what encloses them, and 512 of the prompt, padding too.
   */
  async encode(
    { prompt, photo }: { readonly prompt: string; readonly photo: WorkingPhoto },
    signal?: AbortSignal,
  ): Promise<Tensor> {
    const seen = digestOf(photo)
    const key = `${seen} ${prompt}`
    const known = this.#remembered.get(key)
    if (known !== undefined) return known
    // Guidance encodes two prompts with one photo.
    const picture = this.#patched.get(seen) ?? patchesOf(halfOf(photo), this.#pictures)
    this.#patched.set(seen, picture)
    const count = pictureTokens(picture.grid, this.#config)
    const text = tokenizePrompt(this.#tokenizer, prompt, count)
    try {
      const feeds = qwen25VlInputs(this.#config, text, picture)
      const { outputs } = await this.#session.run(feeds, signal)
      const states = outputs.last_hidden_state
      if (states?.type !== 'F32') throw new Error('the encoder returned no states')
      const width = states.dims[1] as number
      const kept = states.data.slice(text.from * width, text.to * width)
      const conditioning = floats(kept, text.to - text.from, width)
      this.#remembered.set(key, conditioning)
      return conditioning
    } finally {
      await this.#session.release()
    }
  }

  close(): Promise<void> {
    return this.#session.close()
  }
}

/** The photo in 8 bits at half its sides, as upstream gives it to its processor. */
function halfOf({ width, height, pixels }: WorkingPhoto): Picture {
  const planes = Uint8Array.from(pixels, (value) =>
    Math.min(255, Math.max(0, Math.round((value + 1) * 127.5))),
  )
  const half = { width: Math.floor(width / 2), height: Math.floor(height / 2) }
  return resample({ width, height, planes }, half, lanczos)
}

function digestOf({ width, height, pixels }: WorkingPhoto): string {
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)
  return `${width}x${height} ${createHash('sha256').update(bytes).digest('base64')}`
}

/** @throws EditError `model_unavailable` if the file is missing or has another kind of value */
async function readPictureConfig(file: string): Promise<PictureConfig> {
  const { success, data, error } = PictureConfig.safeParse(await readJsonFile(file))
  if (success) return data
  throw unusable(file, oneLine(error))
}
