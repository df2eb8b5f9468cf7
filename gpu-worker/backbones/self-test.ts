/**
 * Runs a small random transformer of each served family before the worker is ready, with the
 * execution provider and compute type of real runs. A wrong result stops the boot.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSafetensors, writeSafetensors } from '../checkpoint/safetensors.ts'
import { type ExecutionProvider, Session } from '../onnx/session.ts'
import { elementCount } from '../onnx/tensor.ts'
import { gaussianNoise } from '../sampler/noise.ts'
import type { SelfTestBlock } from './family.ts'
import { type ComputeType, TensorRecorder } from './parts/emitter.ts'

/** Tolerance of each compute type. */
const TOLERANCE = { F32: 1e-4, F16: 2e-2, BF16: 6e-2 } as const satisfies Record<
  ComputeType,
  number
>

/**
 * The random weights of a block: names and shapes from the graph, values from noise that is seeded by
 * the place of the name among all of them, in whatever order the graph needs them.
 */
export function selfTestWeights({ graph }: SelfTestBlock) {
  const recorder = new TensorRecorder()
  graph(recorder, 'F32')
  const byName = [...recorder].sort(([one], [other]) => (one < other ? -1 : 1))
  return byName.map(([name, { dims }], i) => {
    const noise = gaussianNoise(1000 + i, elementCount(dims))
    const scale = dims.length === 2 ? 1 / Math.sqrt(dims[1] as number) : 0.2
    const centre = name.includes('norm_') && name.endsWith('weight') && dims.length === 1 ? 1 : 0
    return { name, dims, data: noise.map((value) => centre + scale * value) }
  })
}

/**
 * Runs a block and returns the figures of its known answer. @throws Error if the provider cannot
 * run it
 */
export async function selfTestAnswer(
  block: SelfTestBlock,
  provider: ExecutionProvider,
  compute: ComputeType,
): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-self-test-'))
  try {
    const file = join(folder, 'block.safetensors')
    await writeFile(file, writeSafetensors(selfTestWeights(block)))
    const model = block.graph(await readSafetensors(file), compute)
    const session = await Session.create(model, { provider })
    try {
      const { outputs } = await session.run(block.inputs())
      const data = outputs.velocity?.data as Float32Array
      const last = data.length - block.features
      return [...summary(data.subarray(0, block.features)), ...summary(data.subarray(last))]
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

/** @throws Error with provider, type and figures if they differ from the known answer */
export async function selfTest(
  block: SelfTestBlock,
  provider: ExecutionProvider,
  compute: ComputeType,
): Promise<void> {
  const answer = await selfTestAnswer(block, provider, compute)
  const worst = Math.max(
    ...answer.map((value, i) => Math.abs(value - (block.knownAnswer[i] as number))),
  )
  if (!(worst <= TOLERANCE[compute]))
    throw new Error(
      `the self-test of ${provider} in ${compute} returned ${answer.join(', ')}, off by ${worst}; the tolerance is ${TOLERANCE[compute]}`,
    )
}
