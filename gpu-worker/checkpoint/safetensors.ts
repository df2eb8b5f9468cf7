/**
 * The safetensors format: a header with the type, shape and byte range of each tensor. Weights stay
 * in the file; only the small inputs of `run-graph` are read.
 */

import { type FileHandle, open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ExternalTensor } from '../onnx/graph.ts'
import { elementBytes, elementCount, type Tensor, type WeightType } from '../onnx/tensor.ts'
import { unreadable, unusable } from './unusable.ts'

const Entry = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
})

const MAX_HEADER_BYTES = 100_000_000

/** Other formats that are found under the name of a safetensors file, by their first bytes. */
const OTHER_FORMATS: readonly [start: string, advice: string][] = [
  ['version https://git-lfs', 'is a pointer of Git LFS, not the weights: run `git lfs pull`'],
  ['GGUF', 'is a GGUF file, which is not read: use safetensors'],
  ['PK\x03\x04', 'is a PyTorch file, which is not read: use safetensors'],
  ['<', 'is a web page, not the weights: download the file again'],
]

/** A tensor in a file. Its type may be one that no graph accepts. */
export type StoredTensor = Omit<ExternalTensor, 'type'> & { readonly type: string }

/**
 * Tensors of a file by name, each as a byte range of that file (absolute path).
 *
 * @throws EditError `model_unavailable` if the file is missing or cut off, its header is broken, or
 * the ranges do not fit their shapes or do not cover the file without gaps and overlaps
 */
export async function readHeader(file: string): Promise<Map<string, StoredTensor>> {
  const opened = await open(file, 'r').catch((cause) => {
    throw unreadable(file, cause)
  })
  try {
    const { size } = await opened.stat()
    const header = await readHeaderBytes(file, opened, size)
    const dataStart = 8 + header.length
    const tensors = entriesOf(file, header).map(
      ([name, entry]) => [name, locate(file, name, entry, dataStart)] as const,
    )
    checkCover(file, tensors, dataStart, size)
    return new Map(tensors)
  } finally {
    await opened.close()
  }
}

/**
 * As {@link readHeader}, for a file whose tensors are all used.
 *
 * @throws EditError `model_unavailable` also for a type that no graph accepts
 */
export async function readSafetensors(file: string): Promise<Map<string, ExternalTensor>> {
  const tensors = new Map<string, ExternalTensor>()
  for (const [name, tensor] of await readHeader(file)) {
    if (!isAccepted(tensor)) throw unusable(file, typeFault(name, tensor))
    tensors.set(name, tensor)
  }
  return tensors
}

/** Whether a graph accepts the tensor's type. */
export function isAccepted(tensor: StoredTensor): tensor is ExternalTensor {
  return isElementType(tensor.type)
}

function isElementType(type: string): type is WeightType {
  return Object.hasOwn(elementBytes, type)
}

/** What is wrong with a tensor that is not accepted. */
export function typeFault(name: string, { type }: StoredTensor): string {
  return `${name} is ${type}; the types that are read are ${Object.keys(elementBytes).join(', ')}`
}

async function readHeaderBytes(file: string, opened: FileHandle, size: number): Promise<Buffer> {
  const start = Buffer.alloc(32)
  await opened.read(start, 0, 32, 0)
  if (size < 8) throw unusable(file, `has ${size} bytes; the download is incomplete`)
  const other = OTHER_FORMATS.find(([text]) => start.toString('latin1').startsWith(text))
  const length = Number(start.readBigUInt64LE())
  if (length <= MAX_HEADER_BYTES && 8 + length <= size) {
    const header = Buffer.alloc(length)
    await opened.read(header, 0, length, 8)
    return header
  }
  throw unusable(
    file,
    other?.[1] ??
      `the header should have ${length} bytes, but the file has ${size}; the download is incomplete`,
  )
}

function entriesOf(file: string, header: Buffer): [string, z.infer<typeof Entry>][] {
  let json: unknown
  try {
    json = JSON.parse(header.toString('utf8'))
  } catch (cause) {
    throw unusable(file, `the header is not JSON (${(cause as Error).message})`)
  }
  if (typeof json !== 'object' || json === null)
    throw unusable(file, 'the header is not a JSON object')
  return Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => {
      const { success, data } = Entry.safeParse(entry)
      if (!success) throw unusable(file, `${name} has no valid dtype, shape and data_offsets`)
      return [name, data]
    })
}

function locate(
  file: string,
  name: string,
  { dtype: type, shape, data_offsets: [from, to] }: z.infer<typeof Entry>,
  dataStart: number,
): StoredTensor {
  const length = to - from
  const wanted = isElementType(type) ? elementBytes[type] * elementCount(shape) : length
  if (length !== wanted || length < 0)
    throw unusable(
      file,
      `${name} is ${type} [${shape}] and needs ${wanted} bytes, but has ${length}`,
    )
  return { type, dims: shape, file, offset: dataStart + from, length }
}

/** The format requires that the tensors cover the data exactly once, in any order. */
function checkCover(
  file: string,
  tensors: readonly (readonly [string, StoredTensor])[],
  dataStart: number,
  size: number,
): void {
  const inOrder = tensors.toSorted(([, a], [, b]) => a.offset - b.offset || a.length - b.length)
  let end = dataStart
  for (const [name, { offset, length }] of inOrder) {
    if (offset + length > size)
      throw unusable(
        file,
        `${name} ends at byte ${offset + length}, but the file has ${size}; the download is incomplete`,
      )
    if (offset !== end)
      throw unusable(
        file,
        `${name} starts at byte ${offset}, but the tensor before it ends at byte ${end}`,
      )
    end = offset + length
  }
  if (end !== size) throw unusable(file, `the tensors end at byte ${end}, but the file has ${size}`)
}

/**
 * The tensors of a file with their values: for inputs, not for weights.
 *
 * @throws EditError as {@link readSafetensors}, and for a tensor that is neither float32 nor int64
 */
export async function readTensors(file: string): Promise<Map<string, Tensor>> {
  const located = await readSafetensors(file)
  const bytes = await readFile(file)
  const tensors = new Map<string, Tensor>()
  for (const [name, { type, dims, offset, length }] of located) {
    // A copy, because typed arrays need aligned bytes and a file does not guarantee them.
    const data = new Uint8Array(bytes.subarray(offset, offset + length)).buffer
    if (type === 'F32') tensors.set(name, { type, dims, data: new Float32Array(data) })
    else if (type === 'I64') tensors.set(name, { type, dims, data: new BigInt64Array(data) })
    else throw unusable(file, `${name} is ${type}; inputs must be F32 or I64`)
  }
  return tensors
}

/** A float32 tensor to write. */
export type NamedTensor = {
  readonly name: string
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** A tensor in a file to be written: its type as the format names it, shape, and bytes. */
export type Written = {
  readonly name: string
  readonly dtype: string
  readonly dims: readonly number[]
  readonly bytes: number
}

/** The first bytes of a safetensors file, before the tensors' own in this order. */
export function safetensorsHeader(tensors: readonly Written[]): Uint8Array {
  let offset = 0
  const header: Record<string, unknown> = {}
  for (const { name, dtype, dims, bytes } of tensors) {
    header[name] = { dtype, shape: dims, data_offsets: [offset, offset + bytes] }
    offset += bytes
  }
  // Padded with spaces to align the data to eight bytes.
  const json = JSON.stringify(header)
  const head = Buffer.from(json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(head.length))
  return Buffer.concat([prefix, head])
}

/** The bytes of a safetensors file of float32 tensors. */
export function writeSafetensors(tensors: readonly NamedTensor[]): Uint8Array {
  const header = safetensorsHeader(
    tensors.map(({ name, dims, data }) => ({ name, dtype: 'F32', dims, bytes: data.byteLength })),
  )
  const bodies = tensors.map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  )
  return Buffer.concat([header, ...bodies])
}
