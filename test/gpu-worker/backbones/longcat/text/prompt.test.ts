/** The chat's token ids against the pipeline's (test/parity/make_golden_longcat.py). */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  PROMPT_LENGTH,
  piecesOf,
  tokenizePrompt,
} from '../../../../../gpu-worker/backbones/longcat/text/prompt.ts'
import { qwenTokenizer } from '../../../../../gpu-worker/backbones/parts/text/qwen-tokenizer.ts'

const tokenizers = fileURLToPath(new URL('../../../../fixtures/tokenizers', import.meta.url))
type Golden = {
  before: number[]
  after: number[]
  prompts: { prompt: string; ids: number[] }[]
}

test('ids of 200 prompts, half of them with quotes, exactly', async () => {
  const tokenizer = await qwenTokenizer(`${tokenizers}/qwen`)
  const golden: Golden = JSON.parse(await readFile(`${tokenizers}/longcat-prompts.json`, 'utf8'))
  expect(golden.prompts).toHaveLength(200)
  const pictures = golden.before.filter((id) => id === tokenizer.ids('<|image_pad|>')[0]).length
  expect(pictures).toBeGreaterThan(3)
  for (const { prompt, ids } of golden.prompts) {
    const got = tokenizePrompt(tokenizer, prompt, pictures)
    const padding = new Array(PROMPT_LENGTH - ids.length).fill(tokenizer.padding)
    expect(got.ids, prompt).toEqual([...golden.before, ...ids, ...padding, ...golden.after])
    const start = golden.before.length + ids.length
    expect(got.attended.indexOf(0)).toBe(start)
    expect(got.attended.filter((attended) => attended === 0)).toHaveLength(padding.length)
    // The transformer gets the picture, its two frames, and 512 tokens.
    expect(got.ids[got.from]).toBe(tokenizer.ids('<|vision_start|>')[0])
    expect(got.to - got.from).toBe(pictures + 2 + PROMPT_LENGTH)
  }
})

test('quotes are spelt out, apostrophes are not quotes', () => {
  const spelt = (prompt: string) =>
    piecesOf(prompt).map(({ text, spelt }) => (spelt ? `<${text}>` : text))
  expect(spelt('')).toEqual([])
  expect(spelt("write 'Hi' on it's side")).toEqual(['write ', "<'Hi'>", " on it's side"])
  // Upstream puts a random one of the two words into both places.
  expect(spelt("it's “red”, isn't it")).toEqual(["it's ", '<“red”>', ", isn't it"])
  expect(spelt('"a" ‘b’')).toEqual(['<"a">', ' ', '<‘b’>'])
  expect(spelt("an open ' stays")).toEqual(["an open ' stays"])
})

test('a prompt that is too long loses its end', async () => {
  const tokenizer = await qwenTokenizer(`${tokenizers}/qwen`)
  const got = tokenizePrompt(tokenizer, 'a b '.repeat(600), 4)
  expect(got.to - got.from).toBe(4 + 2 + PROMPT_LENGTH)
  expect(got.attended).not.toContain(0)
})
