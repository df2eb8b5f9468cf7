/** Random weights of a model in a safetensors file under diffusers' names, or only the file's header. */

import { type FileHandle, open } from 'node:fs/promises'
import { TensorRecorder } from '../../../gpu-worker/backbones/parts/emitter.ts'
import type { ExternalTensor } from '../../../gpu-worker/onnx/graph.ts'
import { bfloat16, elementCount } from '../../../gpu-worker/onnx/tensor.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import type { Model } from './models.ts'

/** The types of stored weights that are measured. */
export type StoredType = 'F32' | 'BF16'

/** Names and shapes of a model's weights in diffusers' layout, in alphabetical order as there. */
export function weightShapes({ graph }: Pick<Model, 'graph'>): Map<string, readonly number[]> {
  const recorder = new TensorRecorder()
  graph(recorder, 'F32')
  const shapes = new Map<string, readonly number[]>()
  for (const [name, { dims }] of recorder) {
    const half = /^norm_out\.(scale|shift)\./.exec(name)
    // diffusers has both in one tensor, the scale first.
    if (half?.[1] === 'shift') continue
    const [rows = 0, ...rest] = dims
    if (half === null) shapes.set(name, dims)
    else shapes.set(name.replace('scale', 'linear'), [2 * rows, ...rest])
  }
  return new Map([...shapes].sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** Header of a file of these weights as bytes, where each of them is, and the bytes of all. */
export type Layout = {
  readonly header: Buffer
  readonly tensors: Map<string, ExternalTensor>
  readonly dataBytes: number
}

/** @param shift moves all weights by that many bytes: an odd one puts each at an odd address of the file */
export function layoutOf(
  file: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  type: StoredType,
  shift = 0,
): Layout {
  const bytes = type === 'F32' ? 4 : 2
  let end = 0
  const entries = [...shapes].map(([name, dims]) => {
    const from = end
    end += bytes * elementCount(dims)
    return { name, dims, from, to: end }
  })
  const json = JSON.stringify(
    Object.fromEntries(
      entries.map(({ name, dims, from, to }) => [
        name,
        { dtype: type, shape: dims, data_offsets: [from, to] },
      ]),
    ),
  )
  const padding = ' '.repeat(64 - ((8 + Buffer.byteLength(json)) % 64) + shift)
  const body = Buffer.from(json + padding)
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(body.length))
  const header = Buffer.concat([prefix, body])
  const tensors = new Map(
    entries.map(({ name, dims, from, to }) => [
      name,
      { type, dims, file, offset: header.length + from, length: to - from },
    ]),
  )
  return { header, tensors, dataBytes: end }
}

const CHUNK = 1 << 20

/**
 * Writes the file: matrices of a size that keeps activations near 1, norms around 1, biases
 * around 0. All are cut from one piece of noise, each from another place of it. `measure.py` fills
 * the larger files in the same way.
 */
export async function writeWeights(path: string, { header, tensors }: Layout): Promise<void> {
  const noise = gaussianNoise(11, CHUNK)
  const file = await open(path, 'w')
  try {
    await file.write(header)
    let place = 0
    for (const [name, { dims, type }] of tensors) {
      place = (place + 7919) % CHUNK
      await writeTensor(file, noise, { name, dims, type, place })
    }
  } finally {
    await file.close()
  }
}

async function writeTensor(
  file: FileHandle,
  noise: Float32Array,
  {
    name,
    dims,
    type,
    place,
  }: Pick<ExternalTensor, 'dims' | 'type'> & {
    readonly name: string
    readonly place: number
  },
): Promise<void> {
  const count = elementCount(dims)
  const isNorm = dims.length === 1 && /norm_(added_)?[qk]\.weight$/.test(name)
  const scale = dims.length === 1 ? 0.2 : (dims[1] as number) ** -0.5
  for (let done = 0, from = place; done < count; from = 0) {
    const part = noise.subarray(from, Math.min(CHUNK, from + count - done))
    const values = part.map((value) => (isNorm ? 1 : 0) + scale * value)
    await file.write(type === 'BF16' ? bfloat16Bytes(values) : new Uint8Array(values.buffer))
    done += part.length
  }
}

/** The upper halves of the values' nearest bfloat16. */
function bfloat16Bytes(values: Float32Array): Uint8Array {
  const words = new Uint32Array(values.map(bfloat16).buffer)
  return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer)
}
