/**
 * Prompts to token ids, with the checkpoint's own files (tokenizer/ and tokenizer_2/ of FLUX.1). A
 * library tokenizes; this file adds end tokens, pads and truncates.
 */

import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { readJsonFile } from '../../../checkpoint/json-file.ts'
import { unreadable, unusable } from '../../../checkpoint/unusable.ts'
import { type Normalise, precompiledNormaliser } from './charsmap.ts'

/**
 * A prompt to exactly `length` ids, with special tokens and padding; longer prompts are truncated,
 * as upstream.
 */
export type Tokenize = (prompt: string, length: number) => number[]

/** CLIP's word pattern (openai/CLIP simple_tokenizer.py). */
const CLIP_PATTERN =
  "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"

/**
 * CLIP's tokenizer from tokenizer.json, or else from vocab.json and merges.txt.
 *
 * @throws EditError `model_unavailable` if a file is missing or broken
 */
export async function clipTokenizer(folder: string): Promise<Tokenize> {
  const config = await readDefinition(join(folder, 'tokenizer_config.json'))
  const path = join(folder, 'tokenizer.json')
  const definition = (await exists(path))
    ? await readDefinition(path)
    : await clipDefinition(folder)
  const tokenizer = tokenizerOf(folder, definition, config)
  const start = idOf(folder, tokenizer, '<|startoftext|>')
  const end = idOf(folder, tokenizer, '<|endoftext|>')
  return (prompt, length) => {
    const ids = tokenizer.encode(prompt, { add_special_tokens: false }).ids.slice(0, length - 2)
    return padded([start, ...ids, end], length, end)
  }
}

/** T5's tokenizer from tokenizer.json. @throws EditError as {@link clipTokenizer} */
export async function t5Tokenizer(folder: string): Promise<Tokenize> {
  const definition = await readDefinition(join(folder, 'tokenizer.json'))
  const { normalise, rest } = withoutCharsmap(definition)
  const config = await readDefinition(join(folder, 'tokenizer_config.json'))
  const tokenizer = tokenizerOf(folder, rest, config)
  const end = idOf(folder, tokenizer, '</s>')
  const pad = idOf(folder, tokenizer, '<pad>')
  return (prompt, length) => {
    const ids = tokenizer
      .encode(normalise(prompt), { add_special_tokens: false })
      .ids.slice(0, length - 1)
    return padded([...ids, end], length, pad)
  }
}

/** A definition without its precompiled character map, and the map as a function. */
function withoutCharsmap(definition: object): { normalise: Normalise; rest: object } {
  const { normalizer } = definition as {
    normalizer?: { type: string; precompiled_charsmap?: string } | null
  }
  if (normalizer?.type !== 'Precompiled' || normalizer.precompiled_charsmap === undefined)
    return { normalise: (text) => text, rest: definition }
  return {
    normalise: precompiledNormaliser(normalizer.precompiled_charsmap),
    rest: { ...definition, normalizer: null },
  }
}

function padded(ids: readonly number[], length: number, pad: number): number[] {
  return Array.from({ length }, (_, i) => ids[i] ?? pad)
}

export function idOf(folder: string, tokenizer: Tokenizer, token: string): number {
  const id = tokenizer.token_to_id(token)
  if (id === undefined) throw unusable(folder, `the tokenizer has no ${token}`)
  return id
}

/**
 * The tokenizer.json that is equivalent to vocab.json and merges.txt (transformers
 * convert_slow_tokenizer.py, CLIPConverter).
 */
async function clipDefinition(folder: string): Promise<object> {
  const vocab = (await readDefinition(join(folder, 'vocab.json'))) as Record<string, number>
  const path = join(folder, 'merges.txt')
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw unreadable(path, cause)
  })
  const merges = text.split('\n').filter((line) => line !== '' && !line.startsWith('#version'))
  const special = (content: string) => ({
    id: vocab[content],
    content,
    special: true,
    normalized: false,
    lstrip: false,
    rstrip: false,
    single_word: false,
  })
  return {
    added_tokens: [special('<|startoftext|>'), special('<|endoftext|>')],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: CLIP_PATTERN }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      unk_token: '<|endoftext|>',
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab,
      merges,
    },
  }
}

/** @throws EditError `model_unavailable` for a definition that the library cannot make sense of */
export function tokenizerOf(folder: string, definition: object, config: object): Tokenizer {
  try {
    return new Tokenizer(definition, config)
  } catch (cause) {
    throw unusable(folder, `has no tokenizer that can be read (${(cause as Error).message})`)
  }
}

export async function readDefinition(path: string): Promise<object> {
  const definition = await readJsonFile(path)
  if (typeof definition !== 'object' || definition === null)
    throw unusable(path, 'is not a JSON object')
  return definition
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
