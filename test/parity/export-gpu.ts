/**
 * Writes what a GPU machine needs to measure the transformer without Node: graphs in bfloat16 whose
 * weights point into safetensors files, the headers of those files at full size (the values are
 * random and made there), and the golden files of the small model.
 *
 * node test/parity/export-gpu.ts FOLDER && python test/parity/measure_gpu.py FOLDER
 */

import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openComponent } from '../../gpu-worker/checkpoint/layout.ts'
import { TensorRecorder } from '../../gpu-worker/backbones/parts/emitter.ts'
import { Flux1Config } from '../../gpu-worker/backbones/flux1/config.ts'
import { flux1Graph } from '../../gpu-worker/backbones/flux1/transformer.ts'
import type { ExternalTensor } from '../../gpu-worker/onnx/graph.ts'
import { elementCount } from '../../gpu-worker/onnx/tensor.ts'
import { releasedTransformer } from '../fixtures/released.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('a folder to write to is needed')
const golden = fileURLToPath(new URL('../fixtures/golden/', import.meta.url))
await mkdir(folder, { recursive: true })

/**
 * A bfloat16 file at full size: its tensors, and its header as bytes. `shift` moves all data by
 * that many bytes.
 */
function layout(file: string, names: ReadonlyMap<string, ExternalTensor>, shift: number) {
  let offset = 0
  const header: Record<string, unknown> = {}
  for (const [name, { dims }] of names) {
    const length = 2 * elementCount(dims)
    header[name] = { dtype: 'BF16', shape: dims, data_offsets: [offset, offset + length] }
    offset += length
  }
  // Padded to a multiple of 64, then shifted: an odd shift puts every weight at an odd address of
  // the file.
  const json = JSON.stringify(header)
  const padding = ' '.repeat(64 - ((8 + Buffer.byteLength(json)) % 64) + shift)
  const head = Buffer.from(json + padding)
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(head.length))
  const tensors = new Map<string, ExternalTensor>()
  for (const [name, { dims }] of names) {
    const [from, to] = (header[name] as { data_offsets: [number, number] }).data_offsets
    tensors.set(name, { type: 'BF16', dims, file, offset: 8 + head.length + from, length: to - from })
  }
  return { tensors, bytes: Buffer.concat([prefix, head]), dataLength: offset }
}

const full = Flux1Config.parse(releasedTransformer)
const recorder = new TensorRecorder()
flux1Graph(full, recorder, 'BF16')
const files = []
for (const [name, shift] of [
  ['full', 0],
  ['odd', 3],
] as const) {
  // The odd file holds two blocks only: enough to see whether unaligned weights work.
  const names = name === 'full' ? recorder : new Map([...recorder].filter(([key]) => !/blocks\.([1-9]\d*)\./.test(key)))
  const config = name === 'full' ? full : { ...full, num_layers: 1, num_single_layers: 1 }
  const { tensors, bytes, dataLength } = layout(`${name}.safetensors`, names, shift)
  await writeFile(join(folder, `${name}.header`), bytes)
  await writeFile(join(folder, `${name}.onnx`), flux1Graph(config, tensors, 'BF16'))
  files.push({ name, header: bytes.length, data: dataLength })
}

const small = await openComponent(`${golden}flux1-bf16`)
const relative = new Map([...small.tensors].map(([key, tensor]) => [key, { ...tensor, file: 'small.safetensors' }]))
await writeFile(join(folder, 'small.onnx'), flux1Graph(Flux1Config.parse(small.config), relative, 'BF16', { rows: 'image' }))
await writeFile(join(folder, 'small-f32.onnx'), flux1Graph(Flux1Config.parse(small.config), relative, 'F32', { rows: 'image' }))
await cp(`${golden}flux1-bf16/diffusion_pytorch_model.safetensors`, join(folder, 'small.safetensors'))
await cp(`${golden}flux1/io.safetensors`, join(folder, 'small-io.safetensors'))
await cp(`${golden}flux1-bf16/io.safetensors`, join(folder, 'small-bf16-io.safetensors'))
await writeFile(join(folder, 'files.json'), `${JSON.stringify(files)}\n`)
process.stdout.write(`${folder}: full.onnx, odd.onnx, small.onnx and what they need\n`)
