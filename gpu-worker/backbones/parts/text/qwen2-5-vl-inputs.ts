/**
 * Host tensors for the inputs of Qwen2.5-VL's graph, for a text with one picture in it: positions,
 * windows, masks, and where the picture's tokens go. Runs nothing.
 */

import { floats, indices, type Tensor } from '../../../onnx/tensor.ts'
import { ropeInputs } from '../sequence/inputs.ts'
import { sectionedRopeTable } from '../sequence/rope.ts'
import { patchFeatures } from '../vision/tower.ts'
import { type PatchGrid, windowOrder } from '../vision/windows.ts'
import { causalMask } from './language-model.ts'
import type { Qwen25VlConfig } from './qwen2-5-vl.ts'

/** RoPE base of the vision tower; hard-coded upstream too. */
const VISION_THETA = 10_000
/**
 * Position of padding on every axis, as in transformers 4, with which the models were trained.
 * transformers 5 has 0 there.
 */
const PADDING_POSITION = 1

/** A picture as the tower takes it: patches [P, features], block by block. */
export type PatchedPicture = { readonly grid: PatchGrid; readonly patches: Float32Array }

/** A text as ids, one of `attended` per id: 0 for padding. */
export type TokenizedText = {
  readonly ids: readonly number[]
  readonly attended: readonly number[]
}

/** Tokens that a picture takes in the text. */
export function pictureTokens({ rows, cols }: PatchGrid, config: Qwen25VlConfig): number {
  return (rows * cols) / config.vision_config.spatial_merge_size ** 2
}

/**
 * Position of each token on the three axes: time, row, column (transformers get_rope_index). Text
 * counts on all three; a picture's tokens are at its rows and columns, and the text after it
 * continues beyond its longer side.
 */
export function multimodalPositions(
  { ids, attended }: TokenizedText,
  grid: PatchGrid,
  { image_token_id: image, vision_config: { spatial_merge_size: merge } }: Qwen25VlConfig,
): (readonly [number, number, number])[] {
  const rows = grid.rows / merge
  const cols = grid.cols / merge
  let next = 0
  let seen = 0
  return ids.map((id, i) => {
    if (attended[i] === 0) return [PADDING_POSITION, PADDING_POSITION, PADDING_POSITION]
    if (id !== image) {
      const at = next++
      return [at, at, at]
    }
    const start = next
    const at = [start, start + Math.floor(seen / cols), start + (seen % cols)] as const
    seen++
    if (seen === rows * cols) next += Math.max(rows, cols)
    return at
  })
}

/**
 * The graph's inputs.
 *
 * @param positions of each token on the three axes; default {@link multimodalPositions}
 * @throws Error if the text does not have exactly the picture's tokens
 */
export function qwen25VlInputs(
  config: Qwen25VlConfig,
  text: TokenizedText,
  { grid, patches }: PatchedPicture,
  positions = multimodalPositions(text, grid, config),
): Record<string, Tensor> {
  const { ids, attended } = text
  const { text_config: words, vision_config: vision } = config
  const order = windowOrder(grid, vision)
  const features = patchFeatures(vision)
  const count = order.patches.length
  const places = order.tokens.values()
  const rows = ids.map((id, i) =>
    id === config.image_token_id ? ids.length + (places.next().value ?? Number.NaN) : i,
  )
  if (rows.some(Number.isNaN) || !places.next().done)
    throw new Error(`the text does not have ${order.tokens.length} tokens for the picture`)
  const { cos, sin, width } = sectionedRopeTable(positions, words.mrope_section, words.rope_theta)
  const half = vision.hidden_size / vision.num_heads / 2
  return {
    input_ids: indices(ids),
    token_rows: indices(rows),
    cos: floats(cos, 1, ids.length, width),
    sin: floats(sin, 1, ids.length, width),
    mask: causalMask(attended),
    patches: floats(inOrder(patches, order.patches, features), count, features),
    ...ropeInputs('vision_', order.positions, { dims: [half, half], theta: VISION_THETA }),
    window_mask: windowMask(order.windows),
  }
}

function inOrder(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(values.length)
  rows.forEach((row, i) => {
    out.set(values.subarray(row * width, (row + 1) * width), i * width)
  })
  return out
}

/** The mask [P, P] that keeps patches to their windows. */
function windowMask(windows: readonly number[]): Tensor {
  const count = windows.length
  const mask = new Float32Array(count * count)
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++)
      // Equivalent to minus infinity for softmax, also in float16.
      if (windows[i] !== windows[j]) mask[i * count + j] = -30_000
  return floats(mask, count, count)
}
