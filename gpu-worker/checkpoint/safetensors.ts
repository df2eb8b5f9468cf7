/**
 * The safetensors format: a header with the type, shape and byte range of each tensor. Weights stay
 * in the file; only the small inputs of `run-graph` are read.
 */

import { open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ExternalTensor } from '../onnx/graph.ts'
import { elementBytes, elementCount, type Tensor } from '../onnx/tensor.ts'

/** Header entries, for the element types that a graph accepts as weights or inputs. */
const Entry = z.object({
  dtype: z.enum(['F32', 'F16', 'BF16', 'F8_E4M3', 'I64']),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
})

const MAX_HEADER_BYTES = 100_000_000

/**
 * Tensors of a file by name, each as a byte range of that file (absolute path).
 *
 * @throws Error if the header is broken, a type is unknown or a range does not fit its shape or the
 * file
 */
export async function readSafetensors(file: string): Promise<Map<string, ExternalTensor>> {
  const opened = await open(file, 'r')
  try {
    const { size } = await opened.stat()
    const prefix = Buffer.alloc(8)
    await opened.read(prefix, 0, 8, 0)
    const headerLength = Number(prefix.readBigUInt64LE())
    if (headerLength > MAX_HEADER_BYTES || 8 + headerLength > size)
      throw new Error(
        `${file}: the header should have ${headerLength} bytes, but the file has ${size}`,
      )
    const header = Buffer.alloc(headerLength)
    await opened.read(header, 0, headerLength, 8)
    const dataStart = 8 + headerLength
    const entries = Object.entries(JSON.parse(header.toString('utf8'))).filter(
      ([name]) => name !== '__metadata__',
    )
    return new Map(
      entries.map(([name, entry]) => [
        name,
        locate(file, name, Entry.parse(entry), dataStart, size),
      ]),
    )
  } finally {
    await opened.close()
  }
}

function locate(
  file: string,
  name: string,
  entry: z.infer<typeof Entry>,
  dataStart: number,
  size: number,
): ExternalTensor {
  const [from, to] = entry.data_offsets
  const length = elementBytes[entry.dtype] * elementCount(entry.shape)
  if (to - from !== length)
    throw new Error(
      `${file}: ${name} is ${entry.dtype} [${entry.shape}], ${length} bytes, but has ${to - from}`,
    )
  if (dataStart + to > size)
    throw new Error(`${file}: ${name} ends at byte ${dataStart + to}, but the file has ${size}`)
  return { type: entry.dtype, dims: entry.shape, file, offset: dataStart + from, length }
}

/**
 * The tensors of a file with their values: for inputs, not for weights.
 *
 * @throws Error for a tensor that is neither float32 nor int64
 */
export async function readTensors(file: string): Promise<Map<string, Tensor>> {
  const bytes = await readFile(file)
  const tensors = new Map<string, Tensor>()
  for (const [name, { type, dims, offset, length }] of await readSafetensors(file)) {
    // A copy, because typed arrays need aligned bytes and a file does not guarantee them.
    const data = new Uint8Array(bytes.subarray(offset, offset + length)).buffer
    if (type === 'F32') tensors.set(name, { type, dims, data: new Float32Array(data) })
    else if (type === 'I64') tensors.set(name, { type, dims, data: new BigInt64Array(data) })
    else throw new Error(`${file}: ${name} is ${type}; inputs must be float32 or int64`)
  }
  return tensors
}

/** A float32 tensor to write. */
export type NamedTensor = {
  readonly name: string
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** The bytes of a safetensors file of float32 tensors. */
export function writeSafetensors(tensors: readonly NamedTensor[]): Uint8Array {
  let offset = 0
  const header: Record<string, unknown> = {}
  for (const { name, dims, data } of tensors) {
    header[name] = { dtype: 'F32', shape: dims, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  // The header is padded with spaces to align the data to eight bytes.
  const json = JSON.stringify(header)
  const head = Buffer.from(json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(head.length))
  const bodies = tensors.map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  )
  return Buffer.concat([prefix, head, ...bodies])
}
