/** A family that only its test knows: tokens of a pixel, four RoPE axes, text that sees the photo. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as seam from '../../../../gpu-worker/backbones/family.ts'
import {
  sequenceAttention,
  targetAndOthers,
} from '../../../../gpu-worker/backbones/parts/attention.ts'
import { linearLayer } from '../../../../gpu-worker/backbones/parts/blocks.ts'
import { type ComputeType, Emitter } from '../../../../gpu-worker/backbones/parts/emitter.ts'
import { controlValues } from '../../../../gpu-worker/backbones/parts/sequence/control-values.ts'
import {
  controlInputs,
  injectedTargets,
  injectWeights,
  type Positions,
} from '../../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { Sessions } from '../../../../gpu-worker/backbones/parts/sessions.ts'
import { selfTestWeights } from '../../../../gpu-worker/backbones/self-test.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import { writeSafetensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import { type ExternalTensor, Graph } from '../../../../gpu-worker/onnx/graph.ts'
import { concat, mul } from '../../../../gpu-worker/onnx/ops.ts'
import { floats, type Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import { identityControl } from '../../../../gpu-worker/sampler/control.ts'
import type { Velocity } from '../../../../gpu-worker/sampler/denoise.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import { shiftedSchedule } from '../../../../gpu-worker/sampler/schedule.ts'

const CHANNELS = 3
const WIDTH = 12
const REFERENCE_ID = 10
const mean = (i: number) => [0.1, -0.2, 0.3][i % CHANNELS] ?? Number.NaN
const std = (i: number) => [0.5, 1.5, 2][i % CHANNELS] ?? Number.NaN

const latents = Float32Array.of(0.25, -0.5, 1, 0.5, -1, 2)
const selfTestRun = {
  grid: { rows: 1, cols: 2 },
  reference: latents.toReversed(),
  control: identityControl(2),
  guidance: null,
  conditioning: floats(Float32Array.of(1, -0.5, 0), 1, CHANNELS),
}

export const third = {
  source: { kind: 'computed', write },
  components: {
    transformer: { expect: (_, all) => void graph(all, 'F32'), named: (all) => all, graphs: {} },
  },
  memory: (components) => ({ cpu: components.transformer?.size.bytes ?? 0, gpu: 0 }),
  open,
  selfTest: {
    graph,
    inputs: () => graphInputs(selfTestRun, [latents, 0.75, 0]),
    features: CHANNELS,
    knownAnswer: [-0.4442713, 0.579212, -0.5010029, 0.6369748],
  },
} satisfies seam.Family

/** The weights are those of the self-test: random, from a seed. */
async function write(cache: string): Promise<string> {
  const transformer = join(cache, 'third-family', 'transformer')
  await mkdir(transformer, { recursive: true })
  await writeFile(join(transformer, 'config.json'), '{}')
  const weights = writeSafetensors(selfTestWeights(third.selfTest))
  await writeFile(join(transformer, 'weights.safetensors'), weights)
  return join(cache, 'third-family')
}

async function open(folder: string, options: seam.OpenOptions): Promise<seam.OpenBackbone<Tensor>> {
  const { tensors, fingerprint } = await openComponent(join(folder, 'transformer'))
  const sessions = new Sessions(options)
  const transformer = sessions.add('transformer', (stoppable) => graph(tensors, 'F32', stoppable))
  await sessions.warm()
  return {
    compute: 'F32',
    fingerprint,
    insideSession: sessions.insideSession,
    encode: async ({ pixels }) =>
      transposed(pixels, CHANNELS).map((x, i) => (x - mean(i)) / std(i)),
    /** A token of the photo's brightness, then one per letter. */
    condition: async ({ prompt, photo: { pixels } }) => {
      const letters = Array.from(prompt, (_, i) => [prompt.charCodeAt(i) / 128, 0, 1]).flat()
      const text = [pixels.reduce((a, b) => a + b) / pixels.length, 0, 0, ...letters]
      return floats(Float32Array.from(text), text.length / CHANNELS, CHANNELS)
    },
    schedule: (steps, tokens) => shiftedSchedule(steps, tokens / 100 + steps / 10),
    noise: (seed, { rows, cols }) =>
      transposed(gaussianNoise(seed, CHANNELS * rows * cols), CHANNELS),
    velocity(run, signal) {
      return (...step) => transformer.run(graphInputs(run, step), 'velocity', signal)
    },
    decode: async (tokens, { rows, cols }) => {
      const pixels = tokens.map((x, i) => x * std(i) + mean(i))
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

function graph(
  tensors: ReadonlyMap<string, ExternalTensor>,
  compute: ComputeType,
  stoppable = false,
): Uint8Array {
  const e = new Emitter(new Graph(), tensors, compute, stoppable)
  const { g } = e
  const tokens = ['latents', 'reference', 'text'].map((n) => e.floatInput(n, [n, CHANNELS]))
  const x = concat(g, tokens, 0) // [S, C]
  const layer = (name: string) => linearLayer(e, x, name, [CHANNELS, WIDTH]) // [S, D]
  const control = controlValues(e, { head: WIDTH, heads: 1 }, true)
  const { sequence } = control
  const projected = { q: layer('q'), k: layer('k'), v: layer('v') }
  const attended = sequenceAttention(g, sequence, { ...projected, ...control }) // [S, D]
  const { target } = targetAndOthers(g, sequence, e.stopPoint(attended)) // [I, D]
  const out = linearLayer(e, target, 'out', [WIDTH, CHANNELS]) // [I, C]
  e.floatOutput('velocity', mul(g, out, e.floatInput('sigma', [1, 1])), ['latents', CHANNELS])
  return g.finish()
}

function graphInputs(
  { grid, reference, control, conditioning: text }: seam.VelocityInputs<Tensor>,
  [latents, sigma, lambda]: Parameters<Velocity>,
): Record<string, Tensor> {
  const count = grid.rows * grid.cols
  const weights = control.injectMask.map((mask) => mask * lambda)
  return {
    text,
    latents: floats(latents, count, CHANNELS),
    reference: floats(reference, count, CHANNELS),
    sigma: floats(Float32Array.of(sigma), 1, 1),
    ...controlInputs(positions, { grid, control }, text.dims[0] as number),
    ...injectWeights(weights, injectedTargets(control.injectMask)),
  }
}

/** Reference id, row, col and place in the text. */
const positions: Positions = {
  dims: [2, 4, 4, 2],
  theta: 2000,
  text: (index) => [0, 0, 0, index],
  target: (row, col) => [0, row, col, 0],
  reference: (row, col) => [REFERENCE_ID, row, col, 0],
}
