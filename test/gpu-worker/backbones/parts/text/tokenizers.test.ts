/**
 * Token ids against the reference tokenizers of transformers, on files of the kinds FLUX.1 ships
 * (test/parity).
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { qwenTokenizer } from '../../../../../gpu-worker/backbones/parts/text/qwen-tokenizer.ts'
import {
  clipTokenizer,
  t5Tokenizer,
} from '../../../../../gpu-worker/backbones/parts/text/tokenizers.ts'

const folder = fileURLToPath(new URL('../../../../fixtures/tokenizers/', import.meta.url))
type Row = { prompt: string; clip: number[]; t5: number[] }

test.each([
  ['clip', clipTokenizer, 77],
  ['t5', t5Tokenizer, 512],
] as const)('%s: 240 prompts, Unicode, emoji, long and empty', async (kind, open, length) => {
  const rows: Row[] = JSON.parse(await readFile(`${folder}prompts.json`, 'utf8'))
  const tokenize = await open(`${folder}${kind}`)
  expect(rows.length).toBeGreaterThanOrEqual(200)
  for (const row of rows) {
    const wanted = row[kind]
    const got = tokenize(row.prompt, length)
    expect(got).toHaveLength(length)
    // The kept ids are followed by padding.
    const padding = new Set(got.slice(wanted.length))
    expect([row.prompt, got.slice(0, wanted.length), padding.size <= 1]).toEqual([
      row.prompt,
      wanted,
      true,
    ])
  }
})

test('long prompts are truncated and keep their end token', async () => {
  const clip = (await clipTokenizer(`${folder}clip`))('word '.repeat(500), 77)
  const empty = (await clipTokenizer(`${folder}clip`))('', 77)
  expect([clip[0], clip[76]]).toEqual([empty[0], empty[1]])
  const t5 = (await t5Tokenizer(`${folder}t5`))('word '.repeat(2000), 512)
  expect([t5[511], t5.includes(0)]).toEqual([1, false])
})

test('a definition of no tokenizer is an error that names the folder', async () => {
  const broken = await mkdtemp(join(tmpdir(), 'tokenizer-'))
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    await writeFile(join(broken, name), '{}')
  for (const open of [clipTokenizer, qwenTokenizer])
    await expect(open(broken)).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining(`${broken}: has no tokenizer that can be read`),
    })
  await rm(broken, { recursive: true })
})
