/**
 * What a graph leaves out changes nothing else: its last block computes target rows alone, and without
 * control it is the plain backbone. Against diffusers with random weights (test/parity).
 */

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Flux1Config } from '../../../gpu-worker/backbones/flux1/config.ts'
import { flux1Positions } from '../../../gpu-worker/backbones/flux1/inputs.ts'
import { flux1Graph } from '../../../gpu-worker/backbones/flux1/transformer.ts'
import { Flux2Config } from '../../../gpu-worker/backbones/flux2/transformer/config.ts'
import { flux2Graph } from '../../../gpu-worker/backbones/flux2/transformer/graph.ts'
import { flux2Positions } from '../../../gpu-worker/backbones/flux2/transformer/inputs.ts'
import { LongcatConfig } from '../../../gpu-worker/backbones/longcat/transformer/config.ts'
import { longcatGraph } from '../../../gpu-worker/backbones/longcat/transformer/graph.ts'
import { longcatPositions } from '../../../gpu-worker/backbones/longcat/transformer/inputs.ts'
import type { RopeAxes } from '../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { namedSequence } from '../../../gpu-worker/backbones/parts/sequence/named-sequence.ts'
import { guidanceFeatures } from '../../../gpu-worker/backbones/parts/sequence/time-features.ts'
import type { GraphOptions } from '../../../gpu-worker/backbones/parts/transformer.ts'
import { type Component, openComponent } from '../../../gpu-worker/checkpoint/layout.ts'
import { readTensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { floats, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { load, relativeError, valuesOf } from '../../fixtures/graphs.ts'

type Io = ReadonlyMap<string, Tensor>
type Transformer = {
  readonly graph: (options: GraphOptions) => Uint8Array
  readonly axes: RopeAxes
  readonly more?: (io: Io) => Record<string, Tensor>
}

const transformers: Record<string, (component: Component) => Transformer> = {
  flux1({ config, tensors }) {
    const parsed = Flux1Config.parse(config)
    return {
      graph: (options) => flux1Graph(parsed, tensors, 'F32', options),
      axes: flux1Positions(parsed),
      more: (io) => ({
        pooled: floats(valuesOf(io, 'pooled_projections'), 1, parsed.pooled_projection_dim),
        guidance_features: floats(guidanceFeatures(3, 'F32'), 1, 256),
      }),
    }
  },
  flux2({ config, tensors }) {
    const parsed = Flux2Config.parse(config)
    const graph = (options: GraphOptions) => flux2Graph(parsed, tensors, 'F32', options)
    return { graph, axes: flux2Positions(parsed) }
  },
  longcat({ config, tensors }) {
    const parsed = LongcatConfig.parse(config)
    const graph = (options: GraphOptions) => longcatGraph(parsed, tensors, 'F32', options)
    return { graph, axes: longcatPositions(parsed, 0) }
  },
}
const TARGET = 12
const golden = fileURLToPath(new URL('../../fixtures/golden/', import.meta.url))
const plain = (io: Io) =>
  new Map([...io].filter(([name]) => !/^(inject_|view_|double_view_|alone_)/.test(name)))

test.each(Object.keys(transformers))('%s', async (name) => {
  const component = await openComponent(golden + name)
  const io = await readTensors(`${golden}${name}/io.safetensors`)
  const { graph, axes, more } = (transformers[name] as (one: Component) => Transformer)(component)
  async function velocity(options: GraphOptions, asked: Io): Promise<Float32Array> {
    const session = await load(graph(options))
    const feeds = { ...namedSequence(asked, axes, { compute: 'F32' }), ...more?.(io) }
    return (await session.run(feeds)).outputs.velocity?.data as Float32Array
  }
  const wanted = (output: string) => valuesOf(io, output)
  const width = wanted('sample').length / (io.get('sample')?.dims[1] as number)
  const targetRows = wanted('controlled').slice(0, TARGET * width)
  expect(relativeError(await velocity({}, io), targetRows)).toBeLessThan(5e-5)
  const all = { rows: 'image', control: false } as const
  expect(relativeError(await velocity(all, plain(io)), wanted('sample'))).toBeLessThan(5e-5)
  // Without control, the sequence may be divided anywhere: here in two halves.
  const half = wanted('sample').slice(0, 11 * width)
  expect(relativeError(await velocity({ control: false }, plain(io)), half)).toBeLessThan(5e-5)
})
