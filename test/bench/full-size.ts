/**
 * A released transformer at full size without its weights: sparse safetensors files in bfloat16, the
 * real graph, one forward of a few tokens on the CPU. It shows structure, offsets beyond 4 GB and
 * memory; the numbers mean nothing, the weights are zeros.
 *
 * node test/bench/full-size.ts [flux1|klein-4b|klein-9b|longcat]        (default flux1: 24 GB of sparse
 * files in a temporary folder, about 20 GB of page cache, a few minutes)
 */

import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Flux1Config } from '../../gpu-worker/backbones/flux1/config.ts'
import { constantInputs as flux1Inputs } from '../../gpu-worker/backbones/flux1/inputs.ts'
import { flux1Graph } from '../../gpu-worker/backbones/flux1/transformer.ts'
import { Flux2Config } from '../../gpu-worker/backbones/flux2/transformer/config.ts'
import { flux2Graph } from '../../gpu-worker/backbones/flux2/transformer/graph.ts'
import { constantInputs as flux2Inputs } from '../../gpu-worker/backbones/flux2/transformer/inputs.ts'
import { LongcatConfig } from '../../gpu-worker/backbones/longcat/transformer/config.ts'
import { longcatGraph } from '../../gpu-worker/backbones/longcat/transformer/graph.ts'
import { constantInputs as longcatInputs } from '../../gpu-worker/backbones/longcat/transformer/inputs.ts'
import { TensorRecorder } from '../../gpu-worker/backbones/parts/emitter.ts'
import { stepInputs } from '../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { readSafetensors } from '../../gpu-worker/checkpoint/safetensors.ts'
import type { ExternalTensor } from '../../gpu-worker/onnx/graph.ts'
import { Session } from '../../gpu-worker/onnx/session.ts'
import { elementCount, floats, type Tensor } from '../../gpu-worker/onnx/tensor.ts'
import { identityControl } from '../../gpu-worker/sampler/control.ts'
import {
  releasedKlein4b,
  releasedKlein9b,
  releasedLongcat,
  releasedTransformer,
} from '../fixtures/released.ts'

const grid = { rows: 2, cols: 4 }
const TOKENS = 8
const control = identityControl(TOKENS)

/** A transformer: its graph on some tensors, and what stays the same during a run. */
type Released = {
  readonly graph: (
    tensors: ReadonlyMap<string, ExternalTensor>,
    compute: 'F32' | 'BF16',
  ) => Uint8Array
  readonly features: number
  readonly constant: () => Record<string, Tensor>
}

const zeros = (...dims: [number, number]) => floats(new Float32Array(dims[0] * dims[1]), ...dims)
const run = (features: number, joint: number) => ({
  grid,
  reference: new Float32Array(TOKENS * features),
  control,
  guidance: 3,
  conditioning: zeros(8, joint),
})

function kontext(): Released {
  const config = Flux1Config.parse(releasedTransformer)
  const conditioning = { tokens: zeros(8, 4096), pooled: zeros(1, 768) }
  return {
    graph: (tensors, compute) => flux1Graph(config, tensors, compute),
    features: 64,
    constant: () => flux1Inputs(config, { ...run(64, 4096), conditioning }, 'F32'),
  }
}

function klein(released: object): Released {
  const config = Flux2Config.parse(released)
  return {
    graph: (tensors, compute) => flux2Graph(config, tensors, compute),
    features: 128,
    constant: () => flux2Inputs(config, run(128, config.joint_attention_dim)),
  }
}

function longcat(): Released {
  const config = LongcatConfig.parse(releasedLongcat)
  return {
    graph: (tensors, compute) => longcatGraph(config, tensors, compute),
    features: 64,
    constant: () => longcatInputs(config, run(64, 3584)),
  }
}

const transformers = {
  flux1: kontext,
  'klein-4b': () => klein(releasedKlein4b),
  'klein-9b': () => klein(releasedKlein9b),
  longcat,
}
const [name = 'flux1'] = process.argv.slice(2)
const { graph, features, constant } = transformers[name as keyof typeof transformers]()
const SHARDS = 3

/** Writes the headers and leaves the data as holes. */
async function sparseCheckpoint(folder: string): Promise<Map<string, ExternalTensor>> {
  const recorder = new TensorRecorder()
  graph(recorder, 'BF16')
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
  const model = graph(tensors, 'F32')
  print(
    `graph: ${parameters.toLocaleString('en')} parameters, ${(model.length / 1000).toFixed(0)} KB, written in ${(performance.now() - start).toFixed(0)} ms`,
  )
  start = performance.now()
  const session = await Session.create(model, { provider: 'cpu' })
  print(
    `loaded in ${((performance.now() - start) / 1000).toFixed(1)} s, ${JSON.stringify(await memory())} MB`,
  )
  const step = { latents: new Float32Array(TOKENS * features), sigma: 1, lambda: 0 }
  const inputs = { ...constant(), ...stepInputs(control, step, 'F32') }
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
