/** Writes weights in blocks as a safetensors file, a few rows at a time, whatever their size. */

import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { ExternalTensor } from '../../onnx/graph.ts'
import { elementBytes, elementCount } from '../../onnx/tensor.ts'
import { safetensorsHeader, type Written } from '../safetensors.ts'
import { unreadable, unusable } from '../unusable.ts'
import { type BlockForm, blocksOf, rowOf } from './blocks.ts'
import { type FloatType, floatsOf } from './floats.ts'

/** A matrix of a checkpoint, and the blocks that it is rounded to. */
export type Source = { readonly tensor: ExternalTensor; readonly form: BlockForm }

/** Name of the scales of a matrix: its codes have its own. */
export const scalesOf = (name: string) => `${name}.scales`

/** Its two tensors in the file. */
export function writtenOf(name: string, { tensor, form }: Source): readonly [Written, Written] {
  const [rows = 0, columns = 0] = tensor.dims
  const { blocks, blockBytes } = rowOf(columns, form)
  return [
    { name, dtype: 'U8', dims: [rows, blocks, blockBytes], bytes: rows * blocks * blockBytes },
    {
      name: scalesOf(name),
      dtype: form.scale,
      dims: [rows, blocks],
      bytes: rows * blocks * elementBytes[form.scale],
    },
  ]
}

/**
 * Writes the file: of each matrix the codes, then the scales.
 *
 * @returns the SHA-256 of the file
 * @throws EditError `model_unavailable` for a matrix that cannot be read or has a value that is not
 * finite; Error with a code if the file cannot be written
 */
export async function writeBlocks(
  path: string,
  sources: ReadonlyMap<string, Source>,
): Promise<string> {
  const digest = createHash('sha256')
  const file = await open(path, 'wx')
  const append = async (bytes: Uint8Array) => {
    digest.update(bytes)
    await file.write(bytes)
  }
  try {
    await append(safetensorsHeader([...sources].flatMap((entry) => writtenOf(...entry))))
    for (const [name, source] of sources) await appendMatrix(append, name, source)
    return digest.digest('hex')
  } finally {
    await file.close()
  }
}

type Append = (bytes: Uint8Array) => Promise<void>

/** Weights that are in memory at a time, unless a row has more. */
const PART = 1 << 22

async function appendMatrix(append: Append, name: string, { tensor, form }: Source): Promise<void> {
  const [rows = 0, columns = 0] = tensor.dims
  const { blocks } = rowOf(columns, form)
  const scales = new Float32Array(rows * blocks)
  const step = Math.max(1, Math.floor(PART / columns))
  const file = await open(tensor.file, 'r').catch((cause) => {
    throw unreadable(tensor.file, cause)
  })
  try {
    const multiplier = tensor.scale === undefined ? null : await valuesOf(tensor.scale)
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row)
      const values = await readRows(file, tensor, row, count)
      if (multiplier !== null) multiplyRows(values, columns, multiplier, row)
      const part = blocksOf(values, columns, form)
      // The scale of a block with a value that is not finite is not, either.
      if (!part.scales.every(Number.isFinite))
        throw unusable(tensor.file, `${name} has a value that is not a finite number`)
      scales.set(part.scales, row * blocks)
      await append(part.codes)
    }
  } finally {
    await file.close()
  }
  await append(form.scale === 'F32' ? new Uint8Array(scales.buffer) : upperHalves(scales))
}

/** Rows of a matrix as float32. */
async function readRows(
  file: FileHandle,
  tensor: ExternalTensor,
  from: number,
  count: number,
): Promise<Float32Array> {
  const rowBytes = tensor.length / (tensor.dims[0] as number)
  const bytes = new Uint8Array(count * rowBytes)
  const at = tensor.offset + from * rowBytes
  const { bytesRead } = await file.read(bytes, 0, bytes.length, at).catch((cause) => {
    throw unreadable(tensor.file, cause)
  })
  if (bytesRead !== bytes.length) throw unusable(tensor.file, 'has become shorter while it is read')
  return floatsOf(bytes, tensor.type as FloatType)
}

/** All values of a small tensor. */
async function valuesOf(tensor: ExternalTensor): Promise<Float32Array> {
  const file = await open(tensor.file, 'r')
  try {
    return await readRows(
      file,
      { ...tensor, dims: [elementCount(tensor.dims)] },
      0,
      elementCount(tensor.dims),
    )
  } finally {
    await file.close()
  }
}

/** Multiplies rows by the one scale of a matrix, or each by its own. */
function multiplyRows(
  values: Float32Array,
  columns: number,
  scale: Float32Array,
  first: number,
): void {
  for (let i = 0; i < values.length; i++) {
    const own = scale.length === 1 ? 0 : first + Math.floor(i / columns)
    values[i] = (values[i] as number) * (scale[own] as number)
  }
}

/** Values that are bfloat16 already, as such. */
function upperHalves(values: Float32Array): Uint8Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer)
}
