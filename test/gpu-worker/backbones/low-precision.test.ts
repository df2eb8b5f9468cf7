/** Transformers with weights in low precision: the products are exact, and a model stays near its own result. */

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { Flux1Config } from '../../../gpu-worker/backbones/flux1/config.ts'
import { flux1Positions } from '../../../gpu-worker/backbones/flux1/inputs.ts'
import { configOfSingleFile, flux1Tensors } from '../../../gpu-worker/backbones/flux1/tensors.ts'
import { flux1Graph } from '../../../gpu-worker/backbones/flux1/transformer.ts'
import { Flux2Config } from '../../../gpu-worker/backbones/flux2/transformer/config.ts'
import { flux2Graph } from '../../../gpu-worker/backbones/flux2/transformer/graph.ts'
import { flux2Positions } from '../../../gpu-worker/backbones/flux2/transformer/inputs.ts'
import { flux2Tensors } from '../../../gpu-worker/backbones/flux2/transformer/tensors.ts'
import { LongcatConfig } from '../../../gpu-worker/backbones/longcat/transformer/config.ts'
import { longcatGraph } from '../../../gpu-worker/backbones/longcat/transformer/graph.ts'
import { longcatPositions } from '../../../gpu-worker/backbones/longcat/transformer/inputs.ts'
import { longcatTensors } from '../../../gpu-worker/backbones/longcat/transformer/tensors.ts'
import {
  formOf,
  inLowPrecision,
  type LowPrecision,
  lowPrecisions,
} from '../../../gpu-worker/backbones/low-precision.ts'
import { Emitter, TensorRecorder } from '../../../gpu-worker/backbones/parts/emitter.ts'
import { namedSequence } from '../../../gpu-worker/backbones/parts/sequence/named-sequence.ts'
import { guidanceFeatures } from '../../../gpu-worker/backbones/parts/sequence/time-features.ts'
import { openBackbone } from '../../../gpu-worker/backbones/registry.ts'
import { blocksOf, rowOf } from '../../../gpu-worker/checkpoint/blocks/blocks.ts'
import { type Component, openComponent, openFile } from '../../../gpu-worker/checkpoint/layout.ts'
import { readTensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import { Graph } from '../../../gpu-worker/onnx/graph.ts'
import { blockLinear } from '../../../gpu-worker/onnx/ops.ts'
import { Session } from '../../../gpu-worker/onnx/session.ts'
import { floats, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { identityControl } from '../../../gpu-worker/sampler/control.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import { kontextCheckpoint } from '../../fixtures/checkpoint.ts'
import { load, relativeError, valuesOf } from '../../fixtures/graphs.ts'
import { releasedKlein4b, releasedLongcat, releasedTransformer } from '../../fixtures/released.ts'
import { dragError, forms, scenes } from './closed-forms/drags.ts'

const newCache = () => mkdtemp(join(tmpdir(), 'contextdrag-low-'))
const golden = fileURLToPath(new URL('../../fixtures/golden/', import.meta.url))

describe('a product with weights in blocks', () => {
  const [S, N, K] = [5, 7, 80]
  const weights = gaussianNoise(5, N * K)
  const x = gaussianNoise(6, S * K)
  const bias = gaussianNoise(7, N)
  const cases = [8, 4].flatMap((bits) => [16, 32, 64].map((size) => [bits, size] as const))

  test.each(cases)('%d bits, blocks of %d: that of the rounded weights', async (bits, size) => {
    const form = { bits: bits as 4 | 8, size, scale: 'F32' } as const
    const { codes, scales } = blocksOf(weights, K, form)
    const { blocks, blockBytes } = rowOf(K, form)
    const rounded = (n: number, k: number) => {
      const byte = codes[n * blocks * blockBytes + Math.floor((k * bits) / 8)] as number
      const code = bits === 8 ? byte : k % 2 === 0 ? byte & 15 : byte >> 4
      return (scales[n * blocks + Math.floor(k / size)] as number) * (code - 2 ** (bits - 1))
    }
    const wanted = Array.from({ length: S * N }, (_, i) => {
      const [s, n] = [Math.floor(i / N), i % N]
      let sum = bias[n] as number
      for (let k = 0; k < K; k++) sum += (x[s * K + k] as number) * rounded(n, k)
      return sum
    })
    const build = () => {
      const g = new Graph()
      const weight = {
        codes: g.constant({ type: 'U8', dims: [N, blocks, blockBytes], data: codes }),
        scales: g.constant(floats(scales, N, blocks)),
        ...{ rows: N, columns: K, bits, size },
      }
      const input = g.input('x', 'F32', [S, K])
      g.output('out', blockLinear(g, input, weight, g.constant(floats(bias, N))), 'F32', [S, N])
      return g.finish()
    }
    const out = async (session: Session) =>
      (await session.run({ x: floats(x, S, K) })).outputs.out?.data as Float32Array
    expect(relativeError(await out(await load(build())), wanted)).toBeLessThan(1e-6)
    // A session that stays loaded has another kernel.
    const packed = await Session.create(build(), { provider: 'cpu', threads: 1, packed: true })
    const error = relativeError(await out(packed), wanted)
    await packed.close()
    expect(error).toBeLessThan(1e-6)
  })
})

test('weights in blocks can be nothing but multiplied', async () => {
  const component = await openComponent(`${golden}flux1`)
  const low = { weights: 'int8', cache: await newCache() } as const
  const { tensors } = await inLowPrecision(component, flux1Tensors, low, 'F32')
  const e = new Emitter(new Graph(), tensors, 'F32')
  const name = 'single_transformer_blocks.0.proj_out.weight'
  const dims = tensors.get(name)?.dims ?? []
  expect(() => e.weight(name, dims)).toThrow(/can only be multiplied/)
})

test('in bfloat16, scales are bfloat16, and a bias is added by itself: CUDA takes none', async () => {
  const component = await openComponent(`${golden}flux1`)
  const config = Flux1Config.parse(component.config)
  const nodes = async (compute: 'F32' | 'BF16') => {
    const low = { weights: 'int4', cache: await newCache() } as const
    const { tensors } = await inLowPrecision(component, flux1Tensors, low, compute)
    const types = [...tensors.values()].flatMap(({ blocks }) => blocks?.scales.type ?? [])
    expect(new Set(types)).toEqual(new Set([compute]))
    const text = Buffer.from(flux1Graph(config, tensors, compute)).toString('latin1')
    // Operators by the names of their nodes, each of which is also that of an output.
    const count = (operator: string) =>
      new Set(text.match(new RegExp(`${operator}_\\d+`, 'g'))).size
    return { products: count('MatMulNBits'), sums: count('Add') }
  }
  const [float32, bfloat16] = [await nodes('F32'), await nodes('BF16')]
  expect(bfloat16.products).toBe(float32.products)
  expect(bfloat16.sums).toBe(float32.sums + float32.products)
})

describe('the golden transformers, next to diffusers', () => {
  type Io = ReadonlyMap<string, Tensor>
  const families = {
    flux1: {
      named: flux1Tensors,
      graph: (config: unknown, tensors: Component['tensors']) =>
        flux1Graph(Flux1Config.parse(config), tensors, 'F32'),
      axes: (config: unknown) => flux1Positions(Flux1Config.parse(config)),
      more: (io: Io) => {
        const pooled = valuesOf(io, 'pooled_projections')
        return {
          pooled: floats(pooled, 1, pooled.length),
          guidance_features: floats(guidanceFeatures(3, 'F32'), 1, 256),
        }
      },
    },
    flux2: {
      named: flux2Tensors,
      graph: (config: unknown, tensors: Component['tensors']) =>
        flux2Graph(Flux2Config.parse(config), tensors, 'F32'),
      axes: (config: unknown) => flux2Positions(Flux2Config.parse(config)),
      more: () => ({}),
    },
    longcat: {
      named: longcatTensors,
      graph: (config: unknown, tensors: Component['tensors']) =>
        longcatGraph(LongcatConfig.parse(config), tensors, 'F32'),
      axes: (config: unknown) => longcatPositions(LongcatConfig.parse(config), 0),
      more: () => ({}),
    },
  }
  const names = Object.keys(families) as (keyof typeof families)[]
  const bounds: Record<LowPrecision, number> = { int8: 2e-2, int4: 0.2 }

  async function error(name: keyof typeof families, component: Component, weights: LowPrecision) {
    const io = await readTensors(`${golden}${name}/io.safetensors`)
    const { named, graph, axes, more } = families[name]
    const low = { weights, cache: await newCache() }
    const rounded = await inLowPrecision(component, named, low, 'F32')
    const session = await load(graph(component.config, rounded.tensors))
    const feeds = { ...namedSequence(io, axes(component.config), { compute: 'F32' }), ...more(io) }
    const got = (await session.run(feeds)).outputs.velocity?.data as Float32Array
    return relativeError(got, valuesOf(io, 'controlled').slice(0, got.length))
  }

  test.each(names.flatMap((name) => lowPrecisions.map((weights) => [name, weights] as const)))(
    '%s in %s',
    async (name, weights) => {
      const component = await openComponent(golden + name)
      const moved = await error(name, component, weights)
      expect(moved).toBeLessThan(bounds[weights])
      // The bound of the same transformer in float32.
      expect(moved).toBeGreaterThan(5e-5)
    },
  )

  test('from a single file, whose layers are fused', async () => {
    const file = `${golden}flux1-bfl.safetensors`
    // The heads of the golden file are not those of a released one.
    const { config } = await openComponent(`${golden}flux1`)
    expect(() => configOfSingleFile(file, new Map())).toThrow()
    const component = await openFile(file, () => config)
    expect(await error('flux1', component, 'int8')).toBeLessThan(bounds.int8)
  })
})

describe('which weights', () => {
  const recorded = (graph: (recorder: TensorRecorder) => unknown) => {
    const recorder = new TensorRecorder()
    graph(recorder)
    return [...recorder]
  }
  const models = {
    kontext: recorded((r) => flux1Graph(Flux1Config.parse(releasedTransformer), r, 'F32')),
    klein: recorded((r) => flux2Graph(Flux2Config.parse(releasedKlein4b), r, 'F32')),
    longcat: recorded((r) => longcatGraph(LongcatConfig.parse(releasedLongcat), r, 'F32')),
  }

  test.each(Object.entries(models))('%s: all large ones of its blocks', (_, tensors) => {
    const kept = tensors.filter(([name, { dims }]) => formOf(name, dims, 'int4') === null)
    for (const [name, { dims }] of kept)
      expect(dims.length === 1 || !/transformer_blocks/.test(name), name).toBe(true)
    const count = (list: typeof tensors) =>
      list.reduce((sum, [, { dims }]) => sum + dims.reduce((a, b) => a * b, 1), 0)
    // Embedders, the last layer and, in klein, the modulation that all blocks share.
    expect(count(kept) / count(tensors)).toBeLessThan(0.06)
  })

  test('the modulation is of 8 bits in every form', () => {
    for (const weights of lowPrecisions)
      expect(formOf('transformer_blocks.3.norm1.linear.weight', [18, 3], weights)?.bits).toBe(8)
    expect(formOf('transformer_blocks.3.attn.to_q.weight', [3, 3], 'int4')?.bits).toBe(4)
  })
})

describe('whole backbones', () => {
  const opened: { close(): Promise<void> }[] = []
  afterAll(() => Promise.all(opened.map((one) => one.close())))

  test('FLUX.1-Kontext from its folder says which weights it has, and moves a little', async () => {
    const checkpoint = await kontextCheckpoint()
    const cache = await newCache()
    const velocity = async (weights?: LowPrecision) => {
      const lowPrecision = weights && { weights, cache }
      const options = { provider: 'cpu', threads: 1, lowPrecision } as const
      const backbone = await openBackbone('flux1-kontext-dev', { checkpoint, cache }, options)
      opened.push(backbone)
      expect(backbone.weights).toBe(weights)
      const grid = { rows: 4, cols: 4 }
      const photo = { width: 0, height: 0, pixels: new Float32Array(0) }
      const conditioning = await backbone.condition({ prompt: 'a bird', photo })
      const noise = backbone.noise(1, grid)
      const reference = noise.map((value) => -value)
      const run = { grid, reference, control: identityControl(16), guidance: 2.5, conditioning }
      return backbone.velocity(run)(noise, 0.7, 0)
    }
    const [stored, int8, int4] = [await velocity(), await velocity('int8'), await velocity('int4')]
    expect(relativeError(int8, stored)).toBeLessThan(2e-2)
    expect(relativeError(int4, stored)).toBeLessThan(0.2)
    expect(relativeError(int4, stored)).toBeGreaterThan(relativeError(int8, stored))
  })

  // int8 products would lose what is small beside the constants of these activations: 2.1 instead.
  test.each(lowPrecisions)('the closed forms of embedded with %s', async (weights) => {
    const cache = await newCache()
    const options = { provider: 'cpu', threads: 1, lowPrecision: { weights, cache } } as const
    const backbone = await openBackbone('embedded', { cache }, options)
    opened.push(backbone)
    for (const name of Object.keys(scenes))
      for (const form of Object.keys(forms) as (keyof typeof forms)[])
        expect(await dragError(backbone, name, form, 0.3)).toBeLessThan(1e-4)
  })
})
