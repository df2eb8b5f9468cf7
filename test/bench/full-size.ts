/**
 * The released FLUX.1-Kontext at full size without its weights: sparse safetensors files in
 * bfloat16, the real graph, one forward of a few tokens on the CPU. It shows structure, offsets
 * beyond 4 GB and memory; the numbers mean nothing, the weights are zeros.
 *
 * node test/bench/full-size.ts        (24 GB of sparse files in a temporary folder, about 20 GB of
 * page cache, a few minutes)
 */

import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Flux1Config } from '../../gpu-worker/backbones/flux1/config.ts'
import { constantInputs } from '../../gpu-worker/backbones/flux1/inputs.ts'
import { flux1Graph } from '../../gpu-worker/backbones/flux1/transformer.ts'
import { TensorRecorder } from '../../gpu-worker/backbones/parts/emitter.ts'
import { stepInputs } from '../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { readSafetensors } from '../../gpu-worker/checkpoint/safetensors.ts'
import type { ExternalTensor } from '../../gpu-worker/onnx/graph.ts'
import { Session } from '../../gpu-worker/onnx/session.ts'
import { elementCount, floats } from '../../gpu-worker/onnx/tensor.ts'
import { identityControl } from '../../gpu-worker/sampler/control.ts'
import { releasedTransformer } from '../fixtures/released.ts'

const config = Flux1Config.parse(releasedTransformer)
const SHARDS = 3

/** Writes the headers and leaves the data as holes. */
async function sparseCheckpoint(folder: string): Promise<Map<string, ExternalTensor>> {
  const recorder = new TensorRecorder()
  flux1Graph(config, recorder, 'BF16')
  const names = [...recorder.keys()]
  const tensors = new Map<string, ExternalTensor>()
  for (let shard = 0; shard < SHARDS; shard++) {
    let offset = 0
    const header: Record<string, unknown> = {}
    for (const name of names.filter((_, i) => Math.floor((i * SHARDS) / names.length) === shard)) {
      const { dims } = recorder.get(name) as ExternalTensor
      const length = 2 * elementCount(dims)
      header[name] = { dtype: 'BF16', shape: dims, data_offsets: [offset, offset + length] }
      offset += length
    }
    const json = Buffer.from(JSON.stringify(header))
    const prefix = Buffer.alloc(8)
    prefix.writeBigUInt64LE(BigInt(json.length))
    const path = join(folder, `shard-${shard}.safetensors`)
    const file = await open(path, 'w')
    await file.write(Buffer.concat([prefix, json]))
    await file.truncate(8 + json.length + offset)
    await file.close()
    for (const [name, tensor] of await readSafetensors(path)) tensors.set(name, tensor)
  }
  return tensors
}

/** Anonymous and file-backed resident memory of this process, in MB. */
async function memory(): Promise<{ anonymous: number; file: number }> {
  const status = await readFile('/proc/self/status', 'utf8')
  const field = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1000)
  return { anonymous: field('RssAnon'), file: field('RssFile') }
}

const print = (text: string) => process.stdout.write(`${text}\n`)
const folder = await mkdtemp(join(tmpdir(), 'contextdrag-full-size-'))
try {
  const tensors = await sparseCheckpoint(folder)
  const parameters = [...tensors.values()].reduce((sum, { dims }) => sum + elementCount(dims), 0)
  let start = performance.now()
  const model = flux1Graph(config, tensors, 'F32')
  print(
    `graph: ${parameters.toLocaleString('en')} parameters, ${(model.length / 1000).toFixed(0)} KB, written in ${(performance.now() - start).toFixed(0)} ms`,
  )
  start = performance.now()
  const session = await Session.create(model, { provider: 'cpu' })
  print(
    `loaded in ${((performance.now() - start) / 1000).toFixed(1)} s, ${JSON.stringify(await memory())} MB`,
  )
  const grid = { rows: 2, cols: 4 }
  const conditioning = {
    tokens: floats(new Float32Array(8 * 4096), 8, 4096),
    pooled: floats(new Float32Array(768), 1, 768),
  }
  const control = identityControl(8)
  const inputs = {
    ...constantInputs(
      config,
      { grid, reference: new Float32Array(512), control, guidance: 3, conditioning },
      'F32',
    ),
    ...stepInputs(control, { latents: new Float32Array(512), sigma: 1, lambda: 0 }, 'F32'),
  }
  let peak = await memory()
  const watch = setInterval(async () => {
    const now = await memory()
    if (now.anonymous > peak.anonymous) peak = now
  }, 200)
  start = performance.now()
  await session.run(inputs)
  clearInterval(watch)
  print(
    `one forward of 8 + 8 + 8 tokens in ${((performance.now() - start) / 1000).toFixed(1)} s, at its peak ${JSON.stringify(peak)} MB`,
  )
  await session.close()
} finally {
  await rm(folder, { recursive: true })
}
