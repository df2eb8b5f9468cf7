import { mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { promptTokenizer } from '../../../../evaluation/metrics/dift/prompt.ts'
import { clipTokenizer } from '../../../../gpu-worker/backbones/parts/text/tokenizers.ts'
import { readJsonFile } from '../../../../gpu-worker/checkpoint/json-file.ts'

const tokenizer = fileURLToPath(new URL('../../../fixtures/tokenizers/clip/', import.meta.url))

test('after the end token there is the padding that the files name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-tokenizer-'))
  for (const file of await readdir(tokenizer))
    if (file !== 'special_tokens_map.json') await symlink(join(tokenizer, file), join(folder, file))
  const special = { pad_token: { content: '!' }, eos_token: '<|endoftext|>' }
  await writeFile(join(folder, 'special_tokens_map.json'), JSON.stringify(special))
  const vocabulary = (await readJsonFile(join(tokenizer, 'vocab.json'))) as Record<string, number>
  const end = vocabulary['<|endoftext|>'] as number
  const plain = (await clipTokenizer(tokenizer))('a cat', 12)
  const ids = (await promptTokenizer(folder))('a cat', 12)
  const length = plain.indexOf(end) + 1
  expect(ids.slice(0, length)).toEqual(plain.slice(0, length))
  expect(ids.slice(length)).toEqual(Array(12 - length).fill(vocabulary['!']))
})
