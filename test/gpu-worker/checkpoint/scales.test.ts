/** Float8 weights with scales, as ComfyUI writes them, by hand calculation. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bareLinear } from '../../../gpu-worker/backbones/flux2/transformer/blocks.ts'
import { Emitter } from '../../../gpu-worker/backbones/parts/emitter.ts'
import { fromSingleFile } from '../../../gpu-worker/backbones/parts/layouts.ts'
import { openFile } from '../../../gpu-worker/checkpoint/layout.ts'
import { Graph } from '../../../gpu-worker/onnx/graph.ts'
import { floats } from '../../../gpu-worker/onnx/tensor.ts'
import { load } from '../../fixtures/graphs.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scales-'))
})
afterAll(() => rm(folder, { recursive: true }))

type Entry = {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}
const float8 = (shape: readonly number[], ...bytes: number[]): Entry => ({
  dtype: 'F8_E4M3',
  shape,
  bytes: Uint8Array.from(bytes),
})
const float32 = (shape: readonly number[], ...values: number[]): Entry => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
})
const text = (value: unknown): Entry => {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  return { dtype: 'U8', shape: [bytes.length], bytes }
}

async function opened(entries: Record<string, Entry>) {
  let offset = 0
  const header = Object.fromEntries(
    Object.entries(entries).map(([name, { dtype, shape, bytes }]) => {
      const from = offset
      offset += bytes.length
      return [name, { dtype, shape, data_offsets: [from, offset] }]
    }),
  )
  const json = Buffer.from(JSON.stringify(header).padEnd(400 * Object.keys(entries).length))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  const file = join(folder, 'model.safetensors')
  await writeFile(
    file,
    Buffer.concat([length, json, ...Object.values(entries).map(({ bytes }) => bytes)]),
  )
  return openFile(file, () => ({}))
}

/** 1, 2, 0.5 and -1: sign, four bits of exponent (7 is 2^0), three of mantissa. */
const WEIGHT = float8([2, 2], 0x38, 0x40, 0x30, 0xb8)

/** The layer at (1, 1): the sums of the weight's rows. */
async function sums(tensors: Awaited<ReturnType<typeof opened>>['tensors'], name = 'layer') {
  const e = new Emitter(new Graph(), tensors, 'F32')
  e.floatOutput('y', bareLinear(e, e.floatInput('x', [1, 2]), name, [2, 2]), [1, 2])
  const session = await load(e.g.finish())
  const { outputs } = await session.run({ x: floats(Float32Array.of(1, 1), 1, 2) })
  return Array.from(outputs.y?.data as Float32Array)
}

describe('a weight is its stored values times its scale', () => {
  test.each([
    ['no scale', {}, [3, -0.5]],
    ['scale_weight', { 'layer.scale_weight': float32([], 0.25) }, [0.75, -0.125]],
    ['weight_scale [1]', { 'layer.weight_scale': float32([1], 0.25) }, [0.75, -0.125]],
    ['one for each row', { 'layer.weight_scale': float32([2], 0.25, 4) }, [0.75, -2]],
    ['one for each row [2, 1]', { 'layer.weight_scale': float32([2, 1], 0.25, 4) }, [0.75, -2]],
    [
      'with all that describes it',
      {
        scaled_fp8: float8([2], 0, 0),
        'layer.scale_weight': float32([], 2),
        'layer.scale_input': float32([], 9),
        'layer.comfy_quant': text({ format: 'float8_e4m3fn', full_precision_matrix_mult: true }),
      },
      [6, -1],
    ],
  ])('%s', async (_, more: Record<string, Entry>, wanted) => {
    const { tensors, others } = await opened({ 'layer.weight': WEIGHT, ...more })
    expect([...tensors.keys(), ...others.keys()]).toEqual(['layer.weight'])
    expect(await sums(tensors)).toEqual(wanted)
  })

  test('the rows of a fused weight keep their own scales', async () => {
    const fused = await opened({
      'img_in.weight': float32([2, 1], 1, 1),
      'both.weight': float8([4, 2], 0x38, 0x40, 0x30, 0xb8, 0x38, 0x40, 0x30, 0xb8),
      'both.weight_scale': float32([4], 1, 1, 0.25, 4),
    })
    const split = fromSingleFile(fused.tensors, [[/^both$/, ['first', 'second']]])
    expect(await sums(split, 'first')).toEqual([3, -0.5])
    expect(await sums(split, 'second')).toEqual([0.75, -2])
  })
})

test.each([
  [
    'a scale of another shape',
    { 'layer.weight_scale': float32([3], 1, 1, 1) },
    /weight_scale is F32 \[3\]; a scale is one float, or one for each of the 2 rows/,
  ],
  [
    'another format',
    { 'layer.weight_scale': float32([], 1), 'layer.comfy_quant': text({ format: 'nvfp4' }) },
    /layer.comfy_quant says .*nvfp4.*only float8_e4m3fn/,
  ],
  [
    'float8 whose values are rotated',
    {
      'layer.weight_scale': float32([], 1),
      'layer.comfy_quant': text({ format: 'float8_e4m3fn', convrot: true }),
    },
    /layer.comfy_quant says .*convrot/,
  ],
  [
    'a weight with two scales',
    { 'layer.weight_scale': float32([], 1), 'layer.scale_weight': float32([], 1) },
    /layer.weight has two scales/,
  ],
  [
    'a file with scales in which one is missing',
    { 'next.weight': WEIGHT, 'next.weight_scale': float32([], 1) },
    /layer.weight is float8 in a file with scales, but has none/,
  ],
])('%s is rejected by name', async (_, more: Record<string, Entry>, message) => {
  await expect(opened({ 'layer.weight': WEIGHT, ...more })).rejects.toThrow(message)
})

test('what describes no float8 weight stays, and is reported as unknown', async () => {
  const { tensors, others } = await opened({
    scaled_fp8: float8([0]),
    'layer.weight': float32([1], 1),
    'layer.weight_scale': float32([], 2),
    'layer.input_scale': float32([], 2),
    'layer.comfy_quant': text({ format: 'float8_e4m3fn' }),
  })
  expect([...tensors.keys()]).toEqual([
    'scaled_fp8',
    'layer.weight',
    'layer.weight_scale',
    'layer.input_scale',
  ])
  expect([...others.keys()]).toEqual(['layer.comfy_quant'])
})
