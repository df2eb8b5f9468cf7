/**
 * Qwen's text encoders in a checkpoint folder: in a folder of their own, or as the single file that
 * ComfyUI reads. Its tensors have the names of transformers 4; its config follows from their shapes, but
 * for the numbers below, which the released sizes share. The tokenizer is never in the file.
 */

import { type Component, openFolderOrFile } from '../../../checkpoint/layout.ts'
import { unusable } from '../../../checkpoint/unusable.ts'
import type { Tensors } from '../component.ts'
import { countBlocks } from '../layouts.ts'
import { qwen25VlTensors } from './qwen2-5-vl.ts'

const NAME = 'text_encoder'
const QWEN3 = { file: 'qwen_3_*b.safetensors', matches: /^qwen[-_]?3[-_]\d+b.*\.safetensors$/i }
const QWEN25_VL = {
  file: 'qwen_2.5_vl_7b.safetensors',
  matches: /^qwen[-_]?2\.5[-_]vl[-_]\d+b.*\.safetensors$/i,
}

/** Head dimensions of Qwen2.5-VL's language model, and heads of its vision tower, in all sizes. */
const QWEN25_HEAD = 128
const VISION_HEADS = 16

/** Opens Qwen3. @throws EditError as {@link openFolderOrFile} */
export function openQwen3(folder: string): Promise<Component> {
  return openFolderOrFile(folder, NAME, QWEN3, qwen3ConfigOf)
}

/** Opens Qwen2.5-VL. @throws EditError as {@link openFolderOrFile} */
export function openQwen25Vl(folder: string): Promise<Component> {
  return openFolderOrFile(folder, NAME, QWEN25_VL, qwen25VlConfigOf)
}

/**
 * config.json of a Qwen3, from the shapes of its tensors.
 *
 * @throws EditError `model_unavailable` if it is none
 */
export function qwen3ConfigOf(file: string, tensors: Tensors): object {
  const dims = shapesOf(file, tensors, 'Qwen3')
  const head = dims('model.layers.0.self_attn.q_norm.weight')[0] as number
  return { model_type: 'qwen3', ...languageModel(dims, tensors, 'model', head), head_dim: head }
}

/**
 * config.json of a Qwen2.5-VL, from the shapes of its tensors.
 *
 * @throws EditError `model_unavailable` if it is none
 */
export function qwen25VlConfigOf(file: string, stored: Tensors): object {
  const tensors = qwen25VlTensors(stored)
  const dims = shapesOf(file, tensors, 'Qwen2.5-VL')
  const rows = (key: string) => dims(key)[0] as number
  const model = 'model.language_model'
  const vision = 'model.visual'
  dims(`${model}.layers.0.self_attn.q_proj.bias`)
  return {
    model_type: 'qwen2_5_vl',
    text_config: languageModel(dims, tensors, model, QWEN25_HEAD),
    vision_config: {
      depth: countBlocks(tensors, `${vision}.blocks`),
      hidden_size: rows(`${vision}.patch_embed.proj.weight`),
      intermediate_size: rows(`${vision}.blocks.0.mlp.gate_proj.weight`),
      num_heads: VISION_HEADS,
      out_hidden_size: rows(`${vision}.merger.mlp.2.weight`),
    },
  }
}

/**
 * Checks that a text encoder has the size that the transformer was trained with: files of several sizes
 * lie beside one another.
 *
 * @throws EditError `model_unavailable` if not
 */
export function checkWidths(folder: string, encoded: number, read: number): void {
  if (encoded !== read)
    throw unusable(
      folder,
      `the text encoder writes ${encoded} numbers per token, but the transformer reads ${read}: use the encoder of the same model`,
    )
}

type Shapes = (key: string) => readonly number[]

function shapesOf(file: string, tensors: Tensors, title: string): Shapes {
  return (key) => {
    const tensor = tensors.get(key)
    if (tensor !== undefined) return tensor.dims
    throw unusable(file, `is not a ${title}: there is no ${key}`)
  }
}

function languageModel(dims: Shapes, tensors: Tensors, model: string, head: number): object {
  const [words, width] = dims(`${model}.embed_tokens.weight`)
  const layers = countBlocks(tensors, `${model}.layers`)
  const rows = (key: string) => {
    const names = Array.from({ length: layers }, (_, i) => `${model}.layers.${i}.${key}.weight`)
    // Some layers may be packed in a file with several formats.
    return dims(names.find((name) => tensors.has(name)) ?? (names[0] as string))[0] as number
  }
  return {
    hidden_size: width,
    intermediate_size: rows('mlp.gate_proj'),
    num_hidden_layers: layers,
    num_attention_heads: rows('self_attn.q_proj') / head,
    num_key_value_heads: rows('self_attn.k_proj') / head,
    vocab_size: words,
  }
}
