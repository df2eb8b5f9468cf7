/**
 * What a worker does before it says that it is ready: a small random transformer with a known
 * answer, through the execution provider and the compute type that real runs use. A provider that
 * computes something else stops the boot.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSafetensors, writeSafetensors } from '../checkpoint/safetensors.ts'
import { type Provider, Session } from '../onnx/session.ts'
import { elementCount, floats } from '../onnx/tensor.ts'
import type { Control } from '../sampler/control.ts'
import { gaussianNoise } from '../sampler/noise.ts'
import { constantInputs, stepInputs } from './flux1/inputs.ts'
import { type Flux1Config, flux1Graph } from './flux1/transformer.ts'
import { type ComputeType, TensorRecorder } from './parts/emitter.ts'

/**
 * The block's dimensions. One double and one single block, two heads, wide enough for fused kernels
 * to take them.
 */
export const selfTestConfig: Flux1Config = {
  in_channels: 16,
  num_layers: 1,
  num_single_layers: 1,
  attention_head_dim: 64,
  num_attention_heads: 2,
  joint_attention_dim: 32,
  pooled_projection_dim: 16,
  guidance_embeds: true,
  axes_dims_rope: [16, 24, 24],
  mlp_ratio: 4,
}
const grid = { rows: 4, cols: 4 }

/** Control that is not the identity: a token moved, one hidden, one injected. */
const control: Control = {
  viewTokens: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 5],
  viewPositions: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15],
  doubleViewTokens: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
  injectFrom: Int32Array.from({ length: 16 }, (_, i) => (i === 15 ? 5 : 0)),
  injectMask: Float32Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)),
}

/**
 * Mean and root mean square of the answer's first and last token in float32, from the plain forward
 * pass in the tests.
 */
export const KNOWN_ANSWER: readonly number[] = [-0.023253, 1.545441, -0.128385, 1.360562]

/** How far off each compute type may be. */
const TOLERANCE = { F32: 1e-4, F16: 2e-2, BF16: 6e-2 } as const satisfies Record<
  ComputeType,
  number
>

/**
 * The random weights of the block: names and shapes from the graph itself, values from the seeded
 * noise.
 */
export function selfTestWeights() {
  const recorder = new TensorRecorder()
  flux1Graph(selfTestConfig, recorder, 'F32')
  return [...recorder].map(([name, { dims }], i) => {
    const noise = gaussianNoise(1000 + i, elementCount(dims))
    const scale = dims.length === 2 ? 1 / Math.sqrt(dims[1] as number) : 0.2
    const centre = name.includes('norm_') && name.endsWith('weight') && dims.length === 1 ? 1 : 0
    return { name, dims, data: noise.map((value) => centre + scale * value) }
  })
}

/**
 * Runs the block and gives the numbers of {@link KNOWN_ANSWER}. @throws Error if the provider
 * cannot run it
 */
export async function selfTestAnswer(provider: Provider, compute: ComputeType): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-self-test-'))
  try {
    const file = join(folder, 'block.safetensors')
    await writeFile(file, writeSafetensors(selfTestWeights()))
    const session = await Session.create(
      flux1Graph(selfTestConfig, await readSafetensors(file), compute),
      { provider },
    )
    try {
      const noise = (seed: number, ...dims: [number, number]) =>
        floats(gaussianNoise(seed, dims[0] * dims[1]), ...dims)
      const text = { tokens: noise(1, 8, 32), pooled: noise(2, 1, 16) }
      const reference = gaussianNoise(3, 256)
      const inputs = {
        ...constantInputs(selfTestConfig, grid, reference, text, 3, control),
        ...stepInputs(selfTestConfig, gaussianNoise(4, 256), 0.7, control, 0.4),
      }
      const { outputs } = await session.run(inputs)
      const data = outputs.velocity?.data as Float32Array
      return [...summary(data.subarray(0, 16)), ...summary(data.subarray(240))]
    } finally {
      await session.close()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function summary(values: Float32Array): [number, number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)]
}

/** @throws Error naming provider, type and the numbers, if the answer is not the known one */
export async function selfTest(provider: Provider, compute: ComputeType): Promise<void> {
  const answer = await selfTestAnswer(provider, compute)
  const worst = Math.max(...answer.map((value, i) => Math.abs(value - (KNOWN_ANSWER[i] as number))))
  if (!(worst <= TOLERANCE[compute]))
    throw new Error(
      `the self-test of ${provider} in ${compute} gave ${answer.join(', ')}, off by ${worst}; ${TOLERANCE[compute]} is allowed`,
    )
}
