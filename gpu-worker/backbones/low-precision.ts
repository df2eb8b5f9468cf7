/**
 * Which weights of a transformer are rounded to blocks of low precision, and to which: the large layers of
 * its blocks. Norms, embedders and the last layer stay as they are stored: they are small, and every
 * token passes through them alone.
 */

import { type BlockForm, rowOf } from '../checkpoint/blocks/blocks.ts'
import { cachedBlocks } from '../checkpoint/blocks/cache.ts'
import type { Source } from '../checkpoint/blocks/write.ts'
import type { Component } from '../checkpoint/layout.ts'
import type { ExternalTensor } from '../onnx/graph.ts'
import { elementCount } from '../onnx/tensor.ts'
import type { Tensors } from './parts/component.ts'
import type { ComputeType } from './parts/emitter.ts'

/** Forms of a transformer's weights besides the stored one. */
export const lowPrecisions = ['int8', 'int4'] as const
export type LowPrecision = (typeof lowPrecisions)[number]

/** A form of the weights, and the folder where they are kept in it. */
export type LowPrecisionOptions = { readonly weights: LowPrecision; readonly cache: string }

/** Bits of a code and weights of a block: see docs/benchmarks.md for what was compared. */
const FORMS = {
  int8: { bits: 8, size: 64 },
  int4: { bits: 4, size: 32 },
} as const satisfies Record<LowPrecision, Omit<BlockForm, 'scale'>>

/** Layers that every token passes through, in diffusers' names: attention and MLP. */
const LAYERS =
  /^(single_)?transformer_blocks\.\d+\.(attn\.|ff\.|ff_context\.|proj_mlp\.|proj_out\.)/
/** Layers of one row, the conditioning. In FLUX.1 they have a quarter of the weights. */
const MODULATION = /^(single_)?transformer_blocks\.\d+\.(norm|norm1|norm1_context)\.linear\./

/** The form of a weight by its name and shape; null for one that stays as it is. */
export function formOf(
  name: string,
  dims: readonly number[],
  weights: LowPrecision,
): Omit<BlockForm, 'scale'> | null {
  if (dims.length !== 2 || !name.endsWith('.weight')) return null
  if (LAYERS.test(name)) return FORMS[weights]
  // In 8 bits always: their error would be that of all tokens, and they are read once a step.
  return MODULATION.test(name) ? FORMS.int8 : null
}

/** Bytes of a transformer's weights on a GPU, which computes in bfloat16. @param tensors under diffusers' names */
export function bytesInLowPrecision(tensors: Tensors, weights: LowPrecision): number {
  let bytes = 0
  for (const [name, { dims }] of tensors) {
    const form = formOf(name, dims, weights)
    const [rows = 0, columns = 0] = dims
    if (form === null) bytes += 2 * elementCount(dims)
    else {
      const { blocks, blockBytes } = rowOf(columns, form)
      bytes += rows * blocks * (blockBytes + 2)
    }
  }
  return bytes
}

/**
 * A transformer with its large layers in low precision, under diffusers' names.
 *
 * @param compute type of the products, which is that of the scales too
 * @throws EditError `model_unavailable` if the checkpoint cannot be read, or the cache not be written
 */
export async function inLowPrecision(
  transformer: Component,
  named: (tensors: Tensors) => Tensors,
  { weights, cache }: LowPrecisionOptions,
  compute: ComputeType,
): Promise<Component> {
  const scale = compute === 'BF16' ? 'BF16' : 'F32'
  const tensors = new Map<string, ExternalTensor>(named(transformer.tensors))
  const sources = new Map<string, Source>()
  for (const [name, tensor] of tensors) {
    const form = formOf(name, tensor.dims, weights)
    if (form !== null) sources.set(name, { tensor, form: { ...form, scale } })
  }
  const place = { name: `${weights}-${scale.toLowerCase()}`, of: transformer.folder }
  for (const [name, tensor] of await cachedBlocks(cache, place, sources)) tensors.set(name, tensor)
  return { ...transformer, tensors }
}
