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
 * `!` and attends to. As a special token, it is also cut out of the prompt's words wherever it is
 * (huggingface/diffusers, issue 4153).
 *
 * @throws EditError `model_unavailable` for a folder without the files of a CLIP tokenizer
 */
export async function promptTokenizer(
  folder: string,
): Promise<(prompt: string, length: number) => number[]> {
  const tokenize = await clipTokenizer(folder)
  const special = Special.parse(await readJsonFile(join(folder, 'special_tokens_map.json')))
  const vocabulary = Vocabulary.parse(await readJsonFile(join(folder, 'vocab.json')))
  const idOf = (token: string) => {
    const id = vocabulary[token]
    if (id === undefined) throw unusable(folder, `vocab.json has no ${token}`)
    return id
  }
  const padding = textOf(special.pad_token)
  const [pad, end] = [idOf(padding), idOf(textOf(special.eos_token))]
  return (prompt, length) => {
    const [start = end] = tokenize('', length)
    const words = prompt.split(padding).map((part) => {
      const ids = tokenize(part, length)
      return ids.slice(1, ids.indexOf(end))
    })
    const ids = words.flatMap((part, i) => (i === 0 ? part : [pad, ...part]))
    const whole = [start, ...ids.slice(0, length - 2), end]
    return [...whole, ...Array<number>(length - whole.length).fill(pad)]
  }
}

function textOf(token: string | { readonly content: string }): string {
  return typeof token === 'string' ? token : token.content
}
