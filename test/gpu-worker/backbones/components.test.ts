/**
 * Every component against the results of PyTorch, diffusers and transformers with the same random
 * weights (test/parity).
 */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Flux1Config } from '../../../gpu-worker/backbones/flux1/config.ts'
import { flux1Positions } from '../../../gpu-worker/backbones/flux1/inputs.ts'
import { flux1Graph } from '../../../gpu-worker/backbones/flux1/transformer.ts'
import { namedSequence } from '../../../gpu-worker/backbones/parts/sequence/named-sequence.ts'
import {
  guidanceFeatures,
  timeFeatures,
} from '../../../gpu-worker/backbones/parts/sequence/time-features.ts'
import { shiftOf } from '../../../gpu-worker/backbones/parts/shift.ts'
import { clipPooledIndex } from '../../../gpu-worker/backbones/parts/text/clip.ts'
import { T5Config, t5Buckets } from '../../../gpu-worker/backbones/parts/text/t5.ts'
import { graphs } from '../../../gpu-worker/backbones/registry.ts'
import { type Component, openComponent } from '../../../gpu-worker/checkpoint/layout.ts'
import { readSafetensors, readTensors } from '../../../gpu-worker/checkpoint/safetensors.ts'
import type { Session } from '../../../gpu-worker/onnx/session.ts'
import { floats, indices, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { denoise } from '../../../gpu-worker/sampler/denoise.ts'
import { shiftedSchedule } from '../../../gpu-worker/sampler/schedule.ts'
import { load, relativeError, valuesOf } from '../../fixtures/graphs.ts'

const golden = fileURLToPath(new URL('../../fixtures/golden/', import.meta.url))
const TOLERANCE = 5e-5
const CONTROL = [
  'inject_from',
  'inject_weight',
  'view_tokens',
  'view_positions',
  'double_view_tokens',
]
const options = { compute: 'F32', provider: 'cpu', threads: 1 } as const

async function run(
  name: string,
  component: Component,
  inputs: ReadonlyMap<string, Tensor>,
  compute: 'F32' | 'F16' = 'F32',
) {
  const runnable = graphs[name]
  if (runnable === undefined) throw new Error(`no component ${name}`)
  return new Map(Object.entries(await runnable.run(component, inputs, { ...options, compute })))
}

describe('in float32 to 5e-5, in float16 to 1e-2', () => {
  test.each([
    ['kl-encoder', 'kl', ['mean']],
    ['kl-decoder', 'kl', ['sample']],
    ['kl-encoder', 'kl-quant', ['mean']],
    ['kl-decoder', 'kl-quant', ['sample']],
    ['clip-text', 'clip', ['last_hidden_state', 'pooler_output']],
    ['t5-encoder', 't5', ['last_hidden_state']],
  ])('%s of %s', async (name, folder, outputs) => {
    const component = await openComponent(golden + folder)
    const io = await readTensors(`${golden}${folder}/io.safetensors`)
    const exact = await run(name, component, io)
    const half = await run(name, component, io, 'F16')
    for (const output of outputs) {
      expect(exact.get(output)?.dims).toEqual(io.get(output)?.dims)
      expect(relativeError(valuesOf(exact, output), valuesOf(io, output))).toBeLessThanOrEqual(
        TOLERANCE,
      )
      expect(relativeError(valuesOf(half, output), valuesOf(io, output))).toBeLessThanOrEqual(1e-2)
    }
  })
})

test.each(['kl', 'kl-quant'])('%s: sides that are not multiples of the factor', async (folder) => {
  const io = await readTensors(`${golden}${folder}/io.safetensors`)
  const odd = io.get('x_odd')
  if (odd === undefined) throw new Error('no x_odd')
  const got = await run('kl-encoder', await openComponent(golden + folder), new Map([['x', odd]]))
  expect(got.get('mean')?.dims).toEqual(io.get('mean_odd')?.dims)
  expect(relativeError(valuesOf(got, 'mean'), valuesOf(io, 'mean_odd'))).toBeLessThanOrEqual(
    TOLERANCE,
  )
})

const plain = (io: ReadonlyMap<string, Tensor>) =>
  new Map([...io].filter(([name]) => !CONTROL.includes(name)))

describe('flux1-transformer: 12 target, 10 reference, 7 text tokens, ids on every axis, guidance on', () => {
  const open = async () => ({
    component: await openComponent(`${golden}flux1`),
    io: await readTensors(`${golden}flux1/io.safetensors`),
  })
  test('the plain backbone, all image rows', async () => {
    const { component, io } = await open()
    const got = await run('flux1-transformer', component, plain(io))
    expect(got.get('sample')?.dims).toEqual([1, 22, 16])
    expect(relativeError(valuesOf(got, 'sample'), valuesOf(io, 'sample'))).toBeLessThanOrEqual(
      TOLERANCE,
    )
  })

  test('CTI, PRE and OAM, all image rows', async () => {
    const { component, io } = await open()
    const got = await run('flux1-transformer', component, io)
    expect(relativeError(valuesOf(got, 'sample'), valuesOf(io, 'controlled'))).toBeLessThanOrEqual(
      TOLERANCE,
    )
    expect(relativeError(valuesOf(io, 'sample'), valuesOf(io, 'controlled'))).toBeGreaterThan(0.01)
  })

  test('from the single file of the original release, fused and with swapped halves', async () => {
    const { component, io } = await open()
    const single = {
      ...component,
      tensors: await readSafetensors(`${golden}flux1-bfl.safetensors`),
    }
    const got = await run('flux1-transformer', single, io)
    expect(relativeError(valuesOf(got, 'sample'), valuesOf(io, 'controlled'))).toBeLessThanOrEqual(
      TOLERANCE,
    )
  })

  test.each([
    ['flux1-bf16', 1e-4, 3e-2],
    ['flux1-f16', 1e-5, 3e-3],
  ])('from weights of %s, within the precision of their bits', async (folder, least, most) => {
    const { io } = await open()
    const got = await run('flux1-transformer', await openComponent(golden + folder), io)
    const off = relativeError(valuesOf(got, 'sample'), valuesOf(io, 'controlled'))
    expect(off).toBeLessThanOrEqual(most)
    expect(off).toBeGreaterThan(least)
  })

  test('time and guidance are rounded as diffusers rounds them in bfloat16, which is far from float32', async () => {
    const { io } = await open()
    const component = await openComponent(`${golden}flux1-bf16`)
    const config = Flux1Config.parse(component.config)
    // The layers in float32: there are no bfloat16 kernels on a CPU.
    const session = await load(flux1Graph(config, component.tensors, 'F32', { rows: 'image' }))
    const { controlled } = Object.fromEntries(
      await readTensors(`${golden}flux1-bf16/io.safetensors`),
    )
    const errorWith = async (compute: 'BF16' | 'F32') => {
      const { outputs } = await session.run({
        ...namedSequence(io, flux1Positions(config), { compute }),
        pooled: floats(valuesOf(io, 'pooled_projections'), 1, 24),
        guidance_features: floats(guidanceFeatures(3, compute), 1, 256),
      })
      return relativeError(outputs.velocity?.data as Float32Array, controlled?.data as Float32Array)
    }
    expect(await errorWith('BF16')).toBeLessThan(2e-2)
    expect(await errorWith('F32')).toBeGreaterThan(0.3)
  })

  test('from float8 weights, exactly the result of their values', async () => {
    const { io } = await open()
    const wanted = await readTensors(`${golden}flux1-f8/io.safetensors`)
    const got = await run('flux1-transformer', await openComponent(`${golden}flux1-f8`), plain(io))
    expect(relativeError(valuesOf(got, 'sample'), valuesOf(wanted, 'sample'))).toBeLessThanOrEqual(
      TOLERANCE,
    )
    expect(relativeError(valuesOf(io, 'sample'), valuesOf(wanted, 'sample'))).toBeGreaterThan(1e-2)
  })

  test('control needs all five tensors or none, within the reference; other ranks or types are errors', async () => {
    const { component, io } = await open()
    const rejected = (change: (tensors: Map<string, Tensor>) => void) => {
      const tensors = new Map(io)
      change(tensors)
      return run('flux1-transformer', component, tensors).then(
        () => 'accepted',
        (cause: Error & { code?: string }) => `${cause.code}: ${cause.message}`,
      )
    }
    expect(await rejected((t) => t.delete('inject_weight'))).toMatch(
      /invalid_request: .*missing: inject_weight/,
    )
    expect(await rejected((t) => t.set('view_tokens', indices([0, 1, 2, 3, 4, 5, 10])))).toMatch(
      /view_tokens\[6\] is 10.*10 rows/,
    )
    expect(await rejected((t) => t.delete('timestep'))).toMatch(/invalid_request: .*timestep/)
    expect(await rejected((t) => t.set('txt_ids', floats(new Float32Array(7), 7)))).toMatch(
      /txt_ids is \[7\]/,
    )
    expect(await rejected((t) => t.set('inject_from', floats(new Float32Array(12), 12)))).toMatch(
      /inject_from is F32/,
    )
  })
})

describe('the transformer with the outputs of its blocks', () => {
  /** The graph's own inputs from the golden tensors, split into target and reference. */
  async function prepared(asked = (all: ReadonlyMap<string, Tensor>) => all): Promise<{
    session: Session
    io: ReadonlyMap<string, Tensor>
    feeds: Record<string, Tensor>
  }> {
    const component = await openComponent(`${golden}flux1`)
    const io = await readTensors(`${golden}flux1/io.safetensors`)
    const config = Flux1Config.parse(component.config)
    const feeds = {
      ...namedSequence(asked(io), flux1Positions(config), options),
      pooled: floats(valuesOf(io, 'pooled_projections'), 1, 24),
      guidance_features: floats(guidanceFeatures(3, 'F32'), 1, 256),
    }
    return {
      session: await load(flux1Graph(config, component.tensors, 'F32', { blocks: true })),
      io,
      feeds,
    }
  }

  test('every block returns the same as in diffusers', async () => {
    const { session, io, feeds } = await prepared(plain)
    const { outputs } = await session.run(feeds)
    for (const i of [0, 1]) {
      expect(
        relativeError(
          outputs[`double.${i}.text`]?.data as Float32Array,
          valuesOf(io, `block.double.${i}.0`),
        ),
      ).toBeLessThanOrEqual(TOLERANCE)
      expect(
        relativeError(
          outputs[`double.${i}.image`]?.data as Float32Array,
          valuesOf(io, `block.double.${i}.1`),
        ),
      ).toBeLessThanOrEqual(TOLERANCE)
      const single = [
        ...valuesOf(io, `block.single.${i}.0`),
        ...valuesOf(io, `block.single.${i}.1`),
      ]
      expect(
        relativeError(outputs[`single.${i}`]?.data as Float32Array, single),
      ).toBeLessThanOrEqual(TOLERANCE)
    }
  })

  test('four steps of the controlled sampler follow the same trajectory', async () => {
    const { session, io, feeds } = await prepared()
    const shift = {
      base_shift: 0.5,
      max_shift: 1.15,
      base_image_seq_len: 256,
      max_image_seq_len: 4096,
    }
    const sigmas = shiftedSchedule(4, shiftOf(12, shift))
    const velocity = async (x: Float32Array, sigma: number) => {
      const step = {
        latents: floats(x, 12, 16),
        time_features: floats(timeFeatures(sigma, 'F32'), 1, 256),
      }
      return (await session.run({ ...feeds, ...step })).outputs.velocity?.data as Float32Array
    }
    const wanted = valuesOf(io, 'trajectory')
    await denoise(
      feeds.latents?.data as Float32Array,
      sigmas,
      [0, 0, 0, 0],
      velocity,
      (x) => x,
      (i, x) => {
        expect(relativeError(x, wanted.slice(i * 12 * 16, (i + 1) * 12 * 16))).toBeLessThanOrEqual(
          TOLERANCE,
        )
      },
    )
  })
})

test("sigmas are diffusers' to 1e-6, for every number of steps and tokens", async () => {
  const rows: { steps: number; tokens: number; sigmas: number[] }[] = JSON.parse(
    await readFile(`${golden}sigmas.json`, 'utf8'),
  )
  const shift = {
    base_shift: 0.5,
    max_shift: 1.15,
    base_image_seq_len: 256,
    max_image_seq_len: 4096,
  }
  expect(rows).toHaveLength(24)
  for (const { steps, tokens, sigmas } of rows) {
    const ours = shiftedSchedule(steps, shiftOf(tokens, shift))
    expect(ours).toHaveLength(sigmas.length)
    for (let i = 0; i < ours.length; i++)
      expect(Math.abs((ours[i] as number) - (sigmas[i] as number))).toBeLessThan(1e-6)
  }
})

test('the pooled token of CLIP: the first end token, or in old checkpoints the largest id', () => {
  expect(clipPooledIndex([49406, 320, 49407, 49407], 49407)).toBe(2)
  expect(clipPooledIndex([49406, 2, 320, 49407, 49407], 2)).toBe(3)
  expect(clipPooledIndex([5, 6], 49407)).toBe(0)
})

test('buckets of T5: one per distance up to 7, then logarithmic, 16 for each direction', () => {
  const config = T5Config.parse({
    d_model: 1,
    d_kv: 1,
    d_ff: 1,
    num_layers: 1,
    num_heads: 1,
    vocab_size: 1,
    feed_forward_proj: 'gated-gelu',
  })
  const { data } = t5Buckets(config, 300)
  const at = (query: number, key: number) => Number(data[query * 300 + key])
  expect([at(0, 0), at(0, 7), at(7, 0), at(0, 8), at(8, 0)]).toEqual([0, 23, 7, 24, 8])
  // 8 + floor(8 log16(distance / 8)): 16 is 10, 32 is 12, 64 is 14, from 128 on it is 15.
  expect([at(16, 0), at(32, 0), at(64, 0), at(127, 0), at(128, 0), at(299, 0)]).toEqual([
    10, 12, 14, 15, 15, 15,
  ])
})
