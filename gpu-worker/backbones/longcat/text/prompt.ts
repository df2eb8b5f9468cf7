/**
 * A prompt as LongCat-Image-Edit's encoder reads it: a chat about one picture, in which quoted text is
 * spelt out (diffusers pipeline_longcat_image_edit.py).
 */

import type { QwenTokenizer } from '../../parts/text/qwen-tokenizer.ts'
import type { TokenizedText } from '../../parts/text/qwen2-5-vl-inputs.ts'

/** Tokens of the prompt itself, with padding. */
export const PROMPT_LENGTH = 512

/** Upstream's words, up to the picture. */
const SYSTEM =
  '<|im_start|>system\nAs an image editing expert, first analyze the content and attributes of the input image(s). ' +
  "Then, based on the user's editing instructions, clearly and precisely determine how to modify the given image(s), " +
  'ensuring that only the specified parts are altered and all other aspects remain consistent with the original(s).' +
  '<|im_end|>\n<|im_start|>user\n'
const AFTER = '<|im_end|>\n<|im_start|>assistant\n'

/** Text in one of four kinds of quotes. */
const QUOTED = /'[^']*?'|"[^"]*?"|‘[^‘’]*?’|“[^“”]*?”/
/** An apostrophe within a word. */
const APOSTROPHE = /[a-zA-Z]+'[a-zA-Z]+/g
/** Stands for such an apostrophe, so that it is not taken for a quote. */
const STAND_IN = '\0'

/** A part of a prompt, and whether it is spelt out. */
export type Piece = { readonly text: string; readonly spelt: boolean }

/**
 * The pieces of a prompt, split at quotes (upstream's split_quotation). Upstream mixes up two words
 * with apostrophes in one prompt; here each stays itself.
 */
export function piecesOf(prompt: string): Piece[] {
  const masked = prompt.replace(APOSTROPHE, (word) => word.replace("'", STAND_IN))
  const starts = new RegExp(`^(?:${QUOTED.source})`)
  let at = 0
  return masked.split(new RegExp(`(${QUOTED.source})`)).flatMap((part) => {
    const text = prompt.slice(at, at + part.length)
    at += part.length
    // As upstream, judged by the text as it was written.
    return text === '' ? [] : [{ text, spelt: starts.test(text) }]
  })
}

/** A tokenized prompt, and which tokens the transformer gets. */
export type TokenizedPrompt = TokenizedText & { readonly from: number; readonly to: number }

/**
 * The whole text with `count` tokens for the picture. The transformer gets the picture, what encloses it,
 * and the prompt with its padding.
 */
export function tokenizePrompt(
  { ids, padding }: QwenTokenizer,
  prompt: string,
  count: number,
): TokenizedPrompt {
  const before = ids(SYSTEM)
  const picture = ids(`<|vision_start|>${'<|image_pad|>'.repeat(count)}<|vision_end|>`)
  const own = piecesOf(prompt)
    .flatMap(({ text, spelt }) => (spelt ? [...text].flatMap(ids) : ids(text)))
    .slice(0, PROMPT_LENGTH)
  const pads = new Array<number>(PROMPT_LENGTH - own.length).fill(padding)
  const after = ids(AFTER)
  const all = [...before, ...picture, ...own, ...pads, ...after]
  const padded = before.length + picture.length + own.length
  const to = all.length - after.length
  return {
    ids: all,
    attended: all.map((_, i) => (i >= padded && i < to ? 0 : 1)),
    from: before.length,
    to,
  }
}
