/**
 * Scaled float8 weights (ComfyUI's files): a weight is its stored values times a scale, which is a
 * tensor beside it. Knows the names of scales, and nothing of graphs.
 */

import { open } from 'node:fs/promises'
import { z } from 'zod'
import type { ExternalTensor } from '../onnx/graph.ts'
import { elementCount } from '../onnx/tensor.ts'
import { isAccepted, type StoredTensor } from './safetensors.ts'
import { unusable } from './unusable.ts'

type Stored = ReadonlyMap<string, StoredTensor>

/** A tensor of a type that graphs accept, with its scale. */
type Scaled = ExternalTensor | StoredTensor

/** What stands beside `X.weight`: the scale of the weights, under its two names. */
const SCALE = /^(.*)\.(scale_weight|weight_scale)$/
/** The scale of a layer's inputs, for products in float8. Ours are computed in the compute type. */
const INPUT_SCALE = /^(.*)\.(scale_input|input_scale)$/
/** Says that a file has scales. */
const MARKER = /(^|\.)scaled_fp8$/
/** How a layer is stored, as JSON. */
const FORMAT = /^(.*)\.comfy_quant$/
/** Products are computed in the compute type here anyway. Any other key may change what the values mean. */
const Format = z.strictObject({
  format: z.literal('float8_e4m3fn'),
  full_precision_matrix_mult: z.boolean().optional(),
})
const MAX_FORMAT_BYTES = 4096

/**
 * The tensors of a file or folder, each scaled weight with its scale, and without the entries that only
 * describe them. A scale without its float8 weight keeps its name, and is then reported as unknown.
 *
 * @throws EditError `model_unavailable` for a scale of another shape than one number, or one per row, two of them, and
 * for a layer that is stored in another format than float8
 */
export async function withScales(folder: string, stored: Stored): Promise<Map<string, Scaled>> {
  const named = new Map<string, Scaled>(stored)
  const layers = new Set<string>()
  for (const [name, tensor] of stored) {
    const layer = SCALE.exec(name)?.[1]
    const weight = stored.get(`${layer}.weight`)
    if (layer === undefined || weight === undefined || !isFloat8(weight)) continue
    if (layers.has(layer)) throw unusable(folder, `${layer}.weight has two scales`)
    named.delete(name)
    named.set(`${layer}.weight`, { ...weight, scale: scaleOf(folder, name, tensor, weight) })
    layers.add(layer)
  }
  if (layers.size === 0) return named
  // What only describes the scales that were found.
  for (const [name, tensor] of stored) {
    const described = FORMAT.exec(name)?.[1]
    if (described !== undefined && layers.has(described)) {
      await checkFormat(folder, name, tensor)
      named.delete(name)
    }
    const scaled = INPUT_SCALE.exec(name)?.[1]
    if (MARKER.test(name) || (scaled !== undefined && layers.has(scaled))) named.delete(name)
  }
  const missing = [...named].find(
    ([name, tensor]) => isFloat8(tensor) && name.endsWith('.weight') && !('scale' in tensor),
  )
  if (missing !== undefined)
    throw unusable(folder, `${missing[0]} is float8 in a file with scales, but has none`)
  return named
}

/** Only float8 has scales that are known: one beside another type is a format of its own. */
function isFloat8(tensor: Scaled): tensor is ExternalTensor {
  return tensor.type === 'F8_E4M3'
}

/** One number, or one for each row. */
function scaleOf(
  folder: string,
  name: string,
  scale: StoredTensor,
  weight: ExternalTensor,
): ExternalTensor {
  const count = elementCount(scale.dims)
  if (!isAccepted(scale) || (count !== 1 && count !== weight.dims[0]))
    throw unusable(
      folder,
      `${name} is ${scale.type} [${scale.dims}]; a scale is one float, or one for each of the ${weight.dims[0]} rows`,
    )
  return { ...scale, dims: count === 1 ? [1] : [count, ...weight.dims.slice(1).map(() => 1)] }
}

async function checkFormat(folder: string, name: string, tensor: StoredTensor): Promise<void> {
  const bytes = Buffer.alloc(Math.min(tensor.length, MAX_FORMAT_BYTES))
  const file = await open(tensor.file, 'r')
  try {
    await file.read(bytes, 0, bytes.length, tensor.offset)
  } finally {
    await file.close()
  }
  const text = bytes.toString('utf8')
  if (!Format.safeParse(parsed(text)).success)
    throw unusable(
      folder,
      `${name} says ${text.slice(0, 100)}; of packed weights only float8_e4m3fn is read: use a float8, bfloat16 or float16 file`,
    )
}

/** JSON, or null for what is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
