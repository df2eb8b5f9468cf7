import { mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { promptTokenizer } from '../../../../evaluation/metrics/dift/prompt.ts'
import { clipTokenizer } from '../../../../gpu-worker/backbones/parts/text/tokenizers.ts'
import { readJsonFile } from '../../../../gpu-worker/checkpoint/json-file.ts'

const tokenizer = fileURLToPath(new URL('../../../fixtures/tokenizers/clip/', import.meta.url))

let folder = ''
let vocabulary: Record<string, number> = {}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-tokenizer-'))
  for (const file of await readdir(tokenizer))
    if (file !== 'special_tokens_map.json') await symlink(join(tokenizer, file), join(folder, file))
  const special = { pad_token: { content: '!' }, eos_token: '<|endoftext|>' }
  await writeFile(join(folder, 'special_tokens_map.json'), JSON.stringify(special))
  vocabulary = (await readJsonFile(join(tokenizer, 'vocab.json'))) as Record<string, number>
})
const idOf = (token: string) => vocabulary[token] as number

test('after the end token there is the padding that the files name', async () => {
  const plain = (await clipTokenizer(tokenizer))('a cat', 12)
  const ids = (await promptTokenizer(folder))('a cat', 12)
  const length = plain.indexOf(idOf('<|endoftext|>')) + 1
  expect(length).toBeGreaterThan(3)
  expect(ids.slice(0, length)).toEqual(plain.slice(0, length))
  expect(ids.slice(length)).toEqual(Array(12 - length).fill(idOf('!')))
})

test('padding in a prompt is padding, as huggingface/diffusers issue 4153 shows it', async () => {
  const tokenize = await promptTokenizer(folder)
  const [start, end, pad] = [idOf('<|startoftext|>'), idOf('<|endoftext|>'), idOf('!')]
  expect(tokenize('! !! !!!', 10)).toEqual([start, ...Array(6).fill(pad), end, pad, pad])
  const cat = tokenize('a cat', 12)
  const [first, ...rest] = cat.slice(1, cat.indexOf(end))
  expect(tokenize('a!cat', 12).slice(0, 3)).toEqual([start, first, pad])
  expect(tokenize('a!cat', 12).slice(3, 4 + rest.length)).toEqual([...rest, end])
})

test('long prompts are cut before the end token', async () => {
  const ids = (await promptTokenizer(folder))('a cat and a dog and a cat and a dog', 8)
  expect(ids).toHaveLength(8)
  expect(ids.at(-1)).toBe(idOf('<|endoftext|>'))
  expect((await promptTokenizer(folder))('', 3)).toEqual([
    idOf('<|startoftext|>'),
    idOf('<|endoftext|>'),
    idOf('!'),
  ])
})
