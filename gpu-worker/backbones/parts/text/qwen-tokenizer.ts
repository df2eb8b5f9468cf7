/** Qwen's byte-level tokenizer, from the checkpoint's own files. A library tokenizes. */

import { join } from 'node:path'
import { idOf, readDefinition, tokenizerOf } from './tokenizers.ts'

/** Ids of exactly the asked length, and 1 for each that is not padding. */
export type PaddedIds = { readonly ids: number[]; readonly attended: number[] }

export type QwenTokenizer = {
  /** Ids of a text, whose special tokens are recognised. */
  readonly ids: (text: string) => number[]
  /** The id that fills a text up to its length. */
  readonly padding: number
  /** The first `length` ids of a text, with padding on the right. */
  readonly padded: (text: string, length: number) => PaddedIds
}

/**
 * Opens tokenizer.json.
 *
 * @throws EditError `model_unavailable` if a file is missing or broken
 */
export async function qwenTokenizer(folder: string): Promise<QwenTokenizer> {
  const config = await readDefinition(join(folder, 'tokenizer_config.json'))
  const definition = await readDefinition(join(folder, 'tokenizer.json'))
  const tokenizer = tokenizerOf(folder, definition, config)
  const pad = idOf(folder, tokenizer, '<|endoftext|>')
  const ids = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids
  return {
    ids,
    padding: pad,
    padded: (text, length) => {
      const kept = ids(text).slice(0, length)
      return {
        ids: Array.from({ length }, (_, i) => kept[i] ?? pad),
        attended: Array.from({ length }, (_, i) => (i < kept.length ? 1 : 0)),
      }
    },
  }
}
