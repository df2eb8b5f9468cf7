/** Prompts as Stable Diffusion 2 takes them: CLIP's tokens, padded as its tokenizer's files say. */

import { join } from 'node:path'
import { z } from 'zod'
import { clipTokenizer } from '../../../gpu-worker/backbones/parts/text/tokenizers.ts'
import { readJsonFile } from '../../../gpu-worker/checkpoint/json-file.ts'
import { unusable } from '../../../gpu-worker/checkpoint/unusable.ts'

const Special = z.object({
  pad_token: z.union([z.string(), z.object({ content: z.string() })]),
  eos_token: z.union([z.string(), z.object({ content: z.string() })]),
})
const Vocabulary = z.record(z.string(), z.number())

/**
 * A prompt to `length` ids. What follows the end token is padding, which Stable Diffusion 2 fills with
 * `!` and attends to.
 *
 * @throws EditError `model_unavailable` for a folder without the files of a CLIP tokenizer
 */
export async function promptTokenizer(
  folder: string,
): Promise<(prompt: string, length: number) => number[]> {
  const tokenize = await clipTokenizer(folder)
  const special = Special.parse(await readJsonFile(join(folder, 'special_tokens_map.json')))
  const vocabulary = Vocabulary.parse(await readJsonFile(join(folder, 'vocab.json')))
  const idOf = (token: string | { readonly content: string }) => {
    const text = typeof token === 'string' ? token : token.content
    const id = vocabulary[text]
    if (id === undefined) throw unusable(folder, `vocab.json has no ${text}`)
    return id
  }
  const [pad, end] = [idOf(special.pad_token), idOf(special.eos_token)]
  return (prompt, length) => {
    const ids = tokenize(prompt, length)
    const last = ids.indexOf(end)
    return ids.map((id, i) => (i > last && last !== -1 ? pad : id))
  }
}
