/**
 * The layouts in which transformers are released: diffusers' folders, and the original single files,
 * which fuse projections and store the final shift before the scale. Byte ranges undo both without
 * copying (diffusers convert_flux_to_diffusers.py).
 */

import type { ExternalTensor } from '../../onnx/graph.ts'
import type { Tensors } from './component.ts'

/**
 * How a single file's layers are named in diffusers: one name, or several that share its rows in this
 * order. Every part is as wide as the model, except the last, which has the remaining rows.
 */
export type LayerNames = readonly (readonly [pattern: RegExp, names: readonly string[]])[]

/** Rows `from` to `to` of a tensor, as a part of its byte range. */
function rows(tensor: ExternalTensor, from: number, to: number): ExternalTensor {
  const [count = 0, ...rest] = tensor.dims
  const rowBytes = tensor.length / count
  const { scale } = tensor
  return {
    ...tensor,
    dims: [to - from, ...rest],
    offset: tensor.offset + from * rowBytes,
    length: (to - from) * rowBytes,
    ...(scale !== undefined && scale.dims.length > 1 && { scale: rows(scale, from, to) }),
  }
}

/** ComfyUI's files have the transformer under a prefix. */
export function withoutPrefix(tensors: Tensors): Tensors {
  const prefix = /^(model\.)?diffusion_model\./
  if (![...tensors.keys()].some((name) => prefix.test(name))) return tensors
  return new Map([...tensors].map(([name, tensor]) => [name.replace(prefix, ''), tensor]))
}

/** diffusers' names, with `norm_out.linear` as `norm_out.scale` and `norm_out.shift`. */
export function fromFolder(tensors: Tensors): Tensors {
  const named = new Map(tensors)
  for (const kind of ['weight', 'bias']) {
    const fused = tensors.get(`norm_out.linear.${kind}`)
    const half = (fused?.dims[0] ?? 0) / 2
    if (fused === undefined || half < 1 || !Number.isInteger(half)) continue
    named.delete(`norm_out.linear.${kind}`)
    named.set(`norm_out.scale.${kind}`, rows(fused, 0, half))
    named.set(`norm_out.shift.${kind}`, rows(fused, half, 2 * half))
  }
  return named
}

/**
 * The tensors of a single file under diffusers' names. A tensor that is not a weight, a bias or the
 * scale of a norm keeps its name, as does a fused one that cannot be split: it is then reported as
 * unknown.
 */
export function fromSingleFile(tensors: Tensors, layers: LayerNames): Tensors {
  const width = tensors.get('img_in.weight')?.dims[0] as number
  const named = new Map<string, ExternalTensor>()
  for (const [key, tensor] of tensors) {
    const dot = key.lastIndexOf('.')
    const layer = key.slice(0, dot)
    const kind = kindOf(layer, key.slice(dot + 1))
    const rule = layers.find(([pattern]) => pattern.test(layer))
    const count = tensor.dims[0] ?? 0
    if (kind === null || rule === undefined || count <= (rule[1].length - 1) * width) {
      named.set(key, tensor)
      continue
    }
    const [pattern, names] = rule
    names.forEach((name, i) => {
      const from = i * width
      const to = i + 1 === names.length ? count : from + width
      const part = names.length === 1 ? tensor : rows(tensor, from, to)
      named.set(`${layer.replace(pattern, name)}.${kind}`, part)
    })
  }
  return named
}

/** What diffusers calls a tensor of a layer; null for one that it does not have. */
function kindOf(layer: string, name: string): 'weight' | 'bias' | null {
  if (name === 'weight' || name === 'bias') return name
  return name === 'scale' && /_norm$/.test(layer) ? 'weight' : null
}

/** The number of blocks whose names begin with `prefix` and a number. */
export function countBlocks(tensors: Tensors, prefix: string): number {
  const pattern = new RegExp(`^${prefix}\\.(\\d+)\\.`)
  const numbers = [...tensors.keys()].map((key) => pattern.exec(key)?.[1])
  return new Set(numbers.filter((number) => number !== undefined)).size
}
