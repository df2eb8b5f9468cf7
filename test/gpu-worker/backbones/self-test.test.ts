import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { flux1SelfTest, selfTestConfig } from '../../../gpu-worker/backbones/flux1/self-test.ts'
import { flux2SelfTest } from '../../../gpu-worker/backbones/flux2/self-test.ts'
import { longcatSelfTest } from '../../../gpu-worker/backbones/longcat/self-test.ts'
import {
  guidanceFeatures,
  timeFeatures,
} from '../../../gpu-worker/backbones/parts/sequence/time-features.ts'
import {
  selfTest,
  selfTestAnswer,
  selfTestWeights,
} from '../../../gpu-worker/backbones/self-test.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import { maxDifference } from '../../fixtures/graphs.ts'
import { naiveFlux1, type Rows } from './flux1/naive-flux1.ts'

test('the known answer is the result of dense float64 loops', () => {
  const weights = new Map(selfTestWeights(flux1SelfTest).map((tensor) => [tensor.name, tensor]))
  const rowsOf = (name: string): Rows => {
    const tensor = weights.get(name)
    if (tensor === undefined) throw new Error(`no weight ${name}`)
    const cols = tensor.dims.at(-1) as number
    return Array.from({ length: tensor.data.length / cols }, (_, i) => [
      ...tensor.data.subarray(i * cols, (i + 1) * cols),
    ])
  }
  const cache = new Map<string, Rows>()
  const w = (name: string): Rows => {
    const known = cache.get(name)
    if (known !== undefined) return known
    // The graph needs the halves of the last modulation by name; in a file they are one tensor.
    const halves = ['scale', 'shift'].map((half) =>
      name.replace('norm_out.linear', `norm_out.${half}`),
    )
    const rows = name.startsWith('norm_out.linear')
      ? name.endsWith('bias')
        ? [halves.flatMap((half) => rowsOf(half).flat())]
        : halves.flatMap(rowsOf)
      : rowsOf(name)
    cache.set(name, rows)
    return rows
  }
  const matrix = (data: Float32Array, cols: number): Rows =>
    Array.from({ length: data.length / cols }, (_, i) => [
      ...data.subarray(i * cols, (i + 1) * cols),
    ])
  const ids = (first: number) =>
    Array.from({ length: 16 }, (_, i) => [first, Math.floor(i / 4), i % 4])
  const reference = ids(1)
  const velocity = naiveFlux1(selfTestConfig, w, {
    latents: matrix(gaussianNoise(4, 256), 16),
    reference: matrix(gaussianNoise(3, 256), 16),
    text: matrix(gaussianNoise(1, 256), 32),
    pooled: [...gaussianNoise(2, 16)],
    timeFeatures: [...timeFeatures(0.7, 'F32')],
    guidanceFeatures: [...guidanceFeatures(3, 'F32')],
    textIds: Array.from({ length: 8 }, () => [0, 0, 0]),
    targetIds: ids(0),
    referenceIds: reference,
    view: Array.from({ length: 15 }, (_, i) =>
      i === 14 ? { token: 5, ids: [1, 3, 3] } : { token: i, ids: reference[i] as number[] },
    ),
    doubleView: Array.from({ length: 15 }, (_, i) => i),
    injectFrom: Array.from({ length: 16 }, (_, i) => (i === 15 ? 5 : 0)),
    injectWeight: Array.from({ length: 16 }, (_, i) => (i === 15 ? 0.4 : 0)),
  })
  const summary = (values: number[]) => [
    values.reduce((sum, value) => sum + value, 0) / 16,
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / 16),
  ]
  const answer = [...summary(velocity[0] as number[]), ...summary(velocity[15] as number[])]
  expect(maxDifference(flux1SelfTest.knownAnswer, answer)).toBeLessThan(2e-6)
})

test.each([
  ['FLUX.1', flux1SelfTest],
  ['FLUX.2', flux2SelfTest],
  ['LongCat-Image', longcatSelfTest],
])('%s passes on the CPU, in both of its types', async (_, block) => {
  await selfTest(block, 'cpu', 'F32')
  await selfTest(block, 'cpu', 'F16')
  expect(maxDifference(await selfTestAnswer(block, 'cpu', 'F32'), block.knownAnswer)).toBeLessThan(
    1e-5,
  )
})

const cuda = fileURLToPath(
  new URL(
    '../../../node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so',
    import.meta.url,
  ),
)

test.skipIf(existsSync(cuda))(
  'a provider that is not installed is an error with advice, and never replaced by another',
  async () => {
    await expect(selfTest(flux1SelfTest, 'cuda', 'BF16')).rejects.toThrow(/CUDA 12, cuDNN 9/)
  },
)
