import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Flux1Config } from '../../../../gpu-worker/backbones/flux1/config.ts'
import { flux1Positions } from '../../../../gpu-worker/backbones/flux1/inputs.ts'
import { flux1Graph } from '../../../../gpu-worker/backbones/flux1/transformer.ts'
import {
  injectedTargets,
  injectionInputs,
  injectWeights,
  ropeInputs,
  sequenceInputs,
  viewInputs,
} from '../../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { ropeTable } from '../../../../gpu-worker/backbones/parts/sequence/rope.ts'
import {
  guidanceFeatures,
  timeFeatures,
} from '../../../../gpu-worker/backbones/parts/sequence/time-features.ts'
import { widthsOf } from '../../../../gpu-worker/backbones/parts/transformer.ts'
import {
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from '../../../../gpu-worker/checkpoint/safetensors.ts'
import type { Session } from '../../../../gpu-worker/onnx/session.ts'
import { floats, type Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { randomNumbers } from '../../../fixtures/drawing.ts'
import { load, maxDifference } from '../../../fixtures/graphs.ts'
import { type NaiveInputs, naiveFlux1, type Rows } from './naive-flux1.ts'

const config: Flux1Config = {
  in_channels: 12,
  num_layers: 1,
  num_single_layers: 1,
  attention_head_dim: 16,
  num_attention_heads: 3,
  joint_attention_dim: 20,
  pooled_projection_dim: 10,
  guidance_embeds: true,
  axes_dims_rope: [4, 6, 6],
  mlp_ratio: 2,
}
const random = randomNumbers(29)
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const matrix = (rows: number, cols: number): Rows =>
  Array.from({ length: rows }, () => Array.from({ length: cols }, normal))

/**
 * Every tensor of the architecture with random values: shapes from the fact sheet of diffusers'
 * FluxTransformer2DModel.
 */
function randomWeights({ num_layers, num_single_layers }: Flux1Config): NamedTensor[] {
  const { model: d, head, mlp } = widthsOf(config)
  const tensors: NamedTensor[] = []
  const tensor = (name: string, dims: number[], scale: number, shift = 0) => {
    const count = dims.reduce((a, b) => a * b, 1)
    tensors.push({
      name,
      dims,
      data: Float32Array.from({ length: count }, () => shift + scale * normal()),
    })
  }
  const linear = (name: string, out: number, from: number) => {
    tensor(`${name}.weight`, [out, from], 1 / Math.sqrt(from))
    tensor(`${name}.bias`, [out], 0.3)
  }
  linear('x_embedder', d, config.in_channels)
  linear('context_embedder', d, config.joint_attention_dim)
  for (const [name, from] of [
    ['timestep', 256],
    ['guidance', 256],
    ['text', config.pooled_projection_dim],
  ] as const) {
    linear(`time_text_embed.${name}_embedder.linear_1`, d, from)
    linear(`time_text_embed.${name}_embedder.linear_2`, d, d)
  }
  for (let i = 0; i < num_layers; i++) {
    const b = `transformer_blocks.${i}`
    linear(`${b}.norm1.linear`, 6 * d, d)
    linear(`${b}.norm1_context.linear`, 6 * d, d)
    for (const key of [
      'to_q',
      'to_k',
      'to_v',
      'add_q_proj',
      'add_k_proj',
      'add_v_proj',
      'to_out.0',
      'to_add_out',
    ])
      linear(`${b}.attn.${key}`, d, d)
    for (const key of ['norm_q', 'norm_k', 'norm_added_q', 'norm_added_k'])
      tensor(`${b}.attn.${key}.weight`, [head], 0.3, 1)
    for (const ff of ['ff', 'ff_context']) {
      linear(`${b}.${ff}.net.0.proj`, mlp, d)
      linear(`${b}.${ff}.net.2`, d, mlp)
    }
  }
  for (let i = 0; i < num_single_layers; i++) {
    const b = `single_transformer_blocks.${i}`
    linear(`${b}.norm.linear`, 3 * d, d)
    for (const key of ['to_q', 'to_k', 'to_v']) linear(`${b}.attn.${key}`, d, d)
    for (const key of ['norm_q', 'norm_k']) tensor(`${b}.attn.${key}.weight`, [head], 0.3, 1)
    linear(`${b}.proj_mlp`, mlp, d)
    linear(`${b}.proj_out`, d, d + mlp)
  }
  linear('norm_out.linear', 2 * d, d)
  linear('proj_out', config.in_channels, d)
  return tensors
}

const weights = randomWeights(config)
const TEXT = 5
const TARGET = 7
const REFERENCE = 6
const ids = (count: number, first: number) =>
  Array.from({ length: count }, (_, i) => [first, Math.floor(i / 3) + 0.5 * first, (i * 2) % 5])

const plain: NaiveInputs = {
  latents: matrix(TARGET, config.in_channels),
  reference: matrix(REFERENCE, config.in_channels),
  text: matrix(TEXT, config.joint_attention_dim),
  pooled: matrix(1, config.pooled_projection_dim)[0] as number[],
  timeFeatures: [...timeFeatures(0.7, 'F32')],
  guidanceFeatures: [...guidanceFeatures(3, 'F32')],
  textIds: ids(TEXT, 0),
  targetIds: ids(TARGET, 0),
  referenceIds: ids(REFERENCE, 1),
  view: ids(REFERENCE, 1).map((position, token) => ({ token, ids: position })),
  doubleView: [0, 1, 2, 3, 4, 5],
  injectFrom: new Array(TARGET).fill(0),
  injectWeight: new Array(TARGET).fill(0),
}
const controlled: NaiveInputs = {
  ...plain,
  // One token twice, one moved, one at a fractional position, two hidden.
  view: [
    { token: 4, ids: [1, 2, 3] },
    { token: 4, ids: [1, 0, 1] },
    { token: 1, ids: [1, 1.5, 2.25] },
    { token: 0, ids: [1, 0.5, 0] },
  ],
  doubleView: [5, 2, 3],
  injectFrom: [0, 5, 5, 2, 0, 1, 3],
  injectWeight: [0, 0.5, 1, 0.3, 0, 0.7, 0.1],
}

const tensorOf = (rows: Rows) =>
  floats(Float32Array.from(rows.flat()), rows.length, rows[0]?.length ?? 0)

function graphInputs(input: NaiveInputs): Record<string, Tensor> {
  const axes = flux1Positions(config)
  const ids = { target: input.targetIds, reference: input.referenceIds, text: input.textIds }
  const view = (keys: readonly (readonly [token: number, ids: readonly number[]])[]) => ({
    tokens: keys.map(([token]) => token),
    ids: keys.map(([, position]) => position),
  })
  const doubleIds = (token: number, i: number) =>
    input.doubleViewIds?.[i] ?? (input.referenceIds[token] as number[])
  const weights = Float32Array.from(input.injectWeight)
  const targets = injectedTargets(weights)
  return {
    latents: tensorOf(input.latents),
    reference: tensorOf(input.reference),
    text: tensorOf(input.text),
    pooled: tensorOf([input.pooled]),
    time_features: tensorOf([input.timeFeatures]),
    guidance_features: tensorOf([input.guidanceFeatures]),
    ...sequenceInputs(TEXT, TARGET, REFERENCE),
    ...ropeInputs('', [...input.targetIds, ...input.referenceIds, ...input.textIds], axes),
    ...viewInputs('view_', ids, view(input.view.map(({ token, ids }) => [token, ids])), axes),
    ...viewInputs(
      'double_view_',
      ids,
      view(input.doubleView.map((token, i) => [token, doubleIds(token, i)])),
      axes,
    ),
    ...injectionInputs(TARGET, REFERENCE, {
      targets,
      // All of them, in reverse: the output of token t alone is in row 2 R - 1 - t.
      alone: [5, 4, 3, 2, 1, 0],
      rows: targets.map((target) => {
        const from = input.injectFrom[target] as number
        return input.injectAlone === true ? 2 * REFERENCE - 1 - from : from
      }),
    }),
    ...injectWeights(weights, targets),
  }
}

let file: string
const sessionOf = async (compute: 'F32' | 'F16'): Promise<Session> =>
  load(flux1Graph(config, await readSafetensors(file), compute))
const naiveWeights = (name: string): Rows => {
  const tensor = weights.find((one) => one.name === name)
  if (tensor === undefined) throw new Error(`no weight ${name}`)
  const [rows, cols] =
    tensor.dims.length === 2 ? (tensor.dims as [number, number]) : [1, tensor.dims[0] as number]
  return Array.from({ length: rows }, (_, i) => [...tensor.data.subarray(i * cols, (i + 1) * cols)])
}
const cache = new Map<string, Rows>()
const w = (name: string) => {
  const known = cache.get(name) ?? naiveWeights(name)
  cache.set(name, known)
  return known
}

beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'contextdrag-')), 'random.safetensors')
  await writeFile(file, writeSafetensors(weights))
})

describe('one double and one single block with random weights, three heads, 5 text, 7 target, 6 reference tokens', () => {
  test.each([
    ['the plain backbone', plain],
    ['view, OAM and injection at once', controlled],
    ['injection of reference attention alone', { ...controlled, injectAlone: true }],
    [
      'PRE in all blocks',
      {
        ...controlled,
        doubleView: controlled.view.map(({ token }) => token),
        doubleViewIds: controlled.view.map(({ ids }) => ids),
      },
    ],
    ['no reference key at all', { ...controlled, view: [], doubleView: [] }],
  ])('%s agrees with dense float64 loops to 1e-5', async (_, input) => {
    const session = await sessionOf('F32')
    const { outputs } = await session.run(graphInputs(input))
    const wanted = naiveFlux1(config, w, input).flat()
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.5)
    expect(maxDifference(outputs.velocity?.data as Float32Array, wanted)).toBeLessThanOrEqual(1e-5)
  })

  test('control changes the output, so that the comparison above means something', () => {
    const one = naiveFlux1(config, w, plain).flat()
    for (const change of [
      { view: controlled.view },
      { doubleView: [5] },
      { doubleViewIds: plain.referenceIds.toReversed() },
      { injectFrom: controlled.injectFrom, injectWeight: controlled.injectWeight },
    ])
      expect(
        maxDifference(one, naiveFlux1(config, w, { ...plain, ...change }).flat()),
      ).toBeGreaterThan(1e-2)
    const { injectFrom, injectWeight } = controlled
    const joint = { ...plain, injectFrom, injectWeight }
    const alone = naiveFlux1(config, w, { ...joint, injectAlone: true }).flat()
    expect(maxDifference(naiveFlux1(config, w, joint).flat(), alone)).toBeGreaterThan(1e-2)
  })

  test('a stoppable graph returns the same bits, and stops for a signal', async () => {
    const tensors = await readSafetensors(file)
    const stoppable = await load(flux1Graph(config, tensors, 'F32', { stoppable: true }))
    const plainSession = await sessionOf('F32')
    const abort = new AbortController()
    const { outputs } = await stoppable.run(graphInputs(controlled), abort.signal)
    const wanted = await plainSession.run(graphInputs(controlled))
    expect(outputs.velocity).toEqual(wanted.outputs.velocity)
    const running = stoppable.run(graphInputs(controlled), abort.signal)
    abort.abort(new Error('stopped'))
    await expect(running).rejects.toThrow('stopped')
    const unstoppable = plainSession.run(graphInputs(controlled), new AbortController().signal)
    await expect(unstoppable).resolves.toBeDefined()
  })

  test('the emitter computes in other types, with float32 inputs and outputs', async () => {
    const session = await sessionOf('F16')
    const { outputs } = await session.run(graphInputs(controlled))
    const difference = maxDifference(
      outputs.velocity?.data as Float32Array,
      naiveFlux1(config, w, controlled).flat(),
    )
    expect(difference).toBeLessThan(2e-2)
    expect(difference).toBeGreaterThan(1e-5)
  })
})

test('a missing tensor, or one of another shape, is an error with its name', async () => {
  const tensors = new Map(await readSafetensors(file))
  const moved = tensors.get('proj_out.bias')
  tensors.delete('single_transformer_blocks.0.attn.norm_q.weight')
  expect(() => flux1Graph(config, tensors, 'F32')).toThrow(
    /no tensor single_transformer_blocks.0.attn.norm_q.weight/,
  )
  if (moved === undefined) throw new Error('the file has no proj_out.bias')
  const bent = new Map(await readSafetensors(file)).set('proj_out.bias', { ...moved, dims: [6, 2] })
  expect(() => flux1Graph(config, bent, 'F32')).toThrow(/proj_out.bias is \[6,2\].*\[12\]/)
})

test('time features: cosines first, then sines, of 1000 x at frequencies from 1 down to 10000^(-127/128)', () => {
  const features = timeFeatures(0.25, 'F32')
  expect(features[0]).toBe(Math.fround(Math.cos(250)))
  expect(features[128]).toBe(Math.fround(Math.sin(250)))
  expect(features[64]).toBeCloseTo(Math.cos(250 / 100), 6)
  expect(features[255]).toBeCloseTo(Math.sin(250 * 10_000 ** (-127 / 128)), 7)
})

test('in bfloat16, time and guidance are rounded before and after they are multiplied by 1000', () => {
  // 1000 is exact; 3000 lies between 2992 and 3008, both multiples of 16, and goes to the even one.
  expect(guidanceFeatures(3, 'F32')[0]).toBe(Math.fround(Math.cos(3000)))
  expect(guidanceFeatures(3, 'BF16')[0]).toBe(Math.fround(Math.cos(3008)))
  // 908.144 -> 908; 0.908 -> 0.90625 (steps of 2^-8); 906.25 -> 908 (steps of 4).
  expect(timeFeatures(0.908144, 'BF16')[0]).toBe(Math.fround(Math.cos(908)))
})

test('rope tables: FLUX.1 rotates pair j of an axis of D dimensions by id 10000^(-2j / D)', () => {
  const { cos, sin, width } = ropeTable(
    [
      [0, 1],
      [0, 3],
      [0, 2],
    ],
    [16, 56, 56],
    10_000,
  )
  expect(width).toBe(64)
  expect([...cos.subarray(0, 64)]).toEqual(new Array(64).fill(1))
  expect(sin[64]).toBe(Math.fround(Math.sin(1)))
  expect(sin[64 + 4]).toBeCloseTo(Math.sin(10_000 ** -0.5), 7)
  expect(cos[64 + 8]).toBe(Math.fround(Math.cos(3)))
  expect(sin[64 + 8 + 14]).toBeCloseTo(Math.sin(3 * 10_000 ** (-28 / 56)), 7)
  expect(cos[64 + 36]).toBe(Math.fround(Math.cos(2)))
})
