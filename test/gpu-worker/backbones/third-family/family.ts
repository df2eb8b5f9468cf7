/** A family that only its test knows: the seam between families and the worker is not FLUX.1's. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Family, OpenBackbone, OpenOptions } from '../../../../gpu-worker/backbones/family.ts'
import { Sessions } from '../../../../gpu-worker/backbones/parts/sessions.ts'
import { selfTestWeights } from '../../../../gpu-worker/backbones/self-test.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import { writeSafetensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import { floats, type Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { identityControl } from '../../../../gpu-worker/sampler/control.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import { shiftedSchedule } from '../../../../gpu-worker/sampler/schedule.ts'
import { CHANNELS, runInputs, stepInputs, thirdGraph } from './transformer.ts'

/** A token is a pixel, scaled per channel: `(pixel - mean) / std`. */
const MEAN = [0.1, -0.2, 0.3] as const
const STD = [0.5, 1.5, 2] as const

const selfTestRun = {
  grid: { rows: 1, cols: 2 },
  reference: Float32Array.of(0.25, -0.5, 1, 0.5, -1, 2),
  control: identityControl(2),
  guidance: null,
  conditioning: floats(Float32Array.of(1, -0.5), 2, 1),
}

export const third = {
  source: { kind: 'computed', write },
  components: {
    transformer: {
      expect: (_, recorder) => void thirdGraph(recorder, 'F32'),
      named: (tensors) => tensors,
      graphs: {},
    },
  },
  memory: (components) => ({ cpu: components.transformer?.size.bytes ?? 0, gpu: 0 }),
  open,
  selfTest: {
    graph: thirdGraph,
    inputs: () => ({
      ...runInputs(selfTestRun),
      ...stepInputs(selfTestRun.control, selfTestRun.reference.toReversed(), 0.75, 0),
    }),
    features: CHANNELS,
    knownAnswer: [0, 0, 0, 0],
  },
} satisfies Family

/** The weights are those of the self-test: random, from a seed. */
async function write(cache: string): Promise<string> {
  const folder = join(cache, 'third-family')
  const transformer = join(folder, 'transformer')
  await mkdir(transformer, { recursive: true })
  await writeFile(join(transformer, 'config.json'), '{}')
  const weights = writeSafetensors(selfTestWeights(third.selfTest))
  await writeFile(join(transformer, 'diffusion_pytorch_model.safetensors'), weights)
  return folder
}

async function open(folder: string, options: OpenOptions): Promise<OpenBackbone<Tensor>> {
  const { tensors, fingerprint } = await openComponent(join(folder, 'transformer'))
  const sessions = new Sessions(options)
  const transformer = sessions.add('transformer', () => thirdGraph(tensors, 'F32'))
  await sessions.warm()
  return {
    compute: 'F32',
    fingerprint,
    insideSession: sessions.insideSession,
    encode: async ({ pixels }) =>
      transposed(pixels, CHANNELS).map((x, i) => (x - pick(MEAN, i)) / pick(STD, i)),
    /** The photo's mean, then a token per letter. */
    condition: async ({ prompt, photo: { pixels } }) => {
      const mean = pixels.reduce((sum, x) => sum + x, 0) / pixels.length
      const letters = [...prompt].map((letter) => (letter.codePointAt(0) ?? 0) / 128)
      return floats(Float32Array.of(mean, ...letters), 1 + letters.length, 1)
    },
    schedule: (steps, tokens) => shiftedSchedule(steps, tokens / 100 + steps / 10),
    /** Drawn as [channels, h, w]. */
    noise: (seed, { rows, cols }) =>
      transposed(gaussianNoise(seed, CHANNELS * rows * cols), CHANNELS),
    velocity: (run) => {
      const constant = runInputs(run)
      return (x, sigma, lambda) =>
        transformer.run({ ...constant, ...stepInputs(run.control, x, sigma, lambda) }, 'velocity')
    },
    decode: async (tokens, { rows, cols }) => {
      const pixels = tokens.map((x, i) => x * pick(STD, i) + pick(MEAN, i))
      return transposed(pixels, rows * cols)
    },
    previews: () => () => ({ width: 1, height: 1, rgb: new Uint8Array(3) }),
    close: () => sessions.close(),
  }
}

/** [rows, cols] to [cols, rows]. */
function transposed(values: Float32Array, rows: number): Float32Array {
  const cols = values.length / rows
  return values.map((_, i) => values[(i % rows) * cols + Math.floor(i / rows)] ?? Number.NaN)
}

function pick(values: readonly [number, number, number], i: number): number {
  return values[i % CHANNELS] ?? Number.NaN
}
