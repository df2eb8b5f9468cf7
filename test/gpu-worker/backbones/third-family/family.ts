/** A family that only its test knows: tokens of a pixel, four RoPE axes, text that sees the photo. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as seam from '../../../../gpu-worker/backbones/family.ts'
import { controlledAttention } from '../../../../gpu-worker/backbones/parts/attention.ts'
import { linearLayer } from '../../../../gpu-worker/backbones/parts/blocks.ts'
import { type ComputeType, Emitter } from '../../../../gpu-worker/backbones/parts/emitter.ts'
import { ropeTable } from '../../../../gpu-worker/backbones/parts/sequence/rope.ts'
import { Sessions } from '../../../../gpu-worker/backbones/parts/sessions.ts'
import { selfTestWeights } from '../../../../gpu-worker/backbones/self-test.ts'
import { openComponent } from '../../../../gpu-worker/checkpoint/layout.ts'
import { writeSafetensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import { type ExternalTensor, Graph, type Value } from '../../../../gpu-worker/onnx/graph.ts'
import { concat, mul, split } from '../../../../gpu-worker/onnx/ops.ts'
import { floats, indices, type Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
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
    knownAnswer: [-0.535701, 0.6222884, -0.5469762, 0.6546603],
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
  const tokens = ['text', 'latents', 'reference'].map((n) => e.floatInput(n, [n, CHANNELS]))
  const x = concat(g, tokens, 0) // [S, C]
  const lengths = g.input('lengths', 'I64', [3])
  const otherLengths = g.input('other_lengths', 'I64', [2])
  const rope = (prefix: string, length: string) => ({
    cos: e.floatInput(`${prefix}cos`, [1, length, WIDTH / 2]),
    sin: e.floatInput(`${prefix}sin`, [1, length, WIDTH / 2]),
  })
  const layer = (name: string) => linearLayer(e, x, name, [CHANNELS, WIDTH]) // [S, D]
  const view = { index: g.input('view_index', 'I64', ['K']), rope: rope('view_', 'K') }
  const weight = e.floatInput('inject_weight', ['latents', 1])
  const alone = g.input('alone_index', 'I64', ['J'])
  const injection = { alone, from: g.input('inject_from', 'I64', ['latents']), weight }
  const sequence = { lengths, otherLengths, heads: 1, rope: rope('', 'S') }
  const projected = { q: layer('q'), k: layer('k'), v: layer('v') }
  const attended = controlledAttention(g, sequence, { ...projected, view, injection }) // [S, D]
  const [, target] = split(g, e.stopPoint(attended), lengths, 3, 0) as [Value, Value] // [I, D]
  const out = linearLayer(e, target, 'out', [WIDTH, CHANNELS]) // [I, C]
  e.floatOutput('velocity', mul(g, out, e.floatInput('sigma', [1, 1])), ['latents', CHANNELS])
  return g.finish()
}

function graphInputs(
  { grid, reference, control, conditioning: text }: seam.VelocityInputs<Tensor>,
  [latents, sigma, lambda]: Parameters<Velocity>,
): Record<string, Tensor> {
  const count = grid.rows * grid.cols
  const zeros = (length: number) => new Array<number>(length).fill(0)
  const words = zeros(text.dims[0] ?? 0)
  const places = (tokens: readonly number[]) => ({
    rows: tokens.map((token) => Math.floor(token / grid.cols)),
    cols: tokens.map((token) => token % grid.cols),
  })
  const { rows, cols } = places([...zeros(count).keys()])
  // Reference id, row, col and place in the text.
  const native = [
    [...words, ...zeros(count), ...rows.map(() => REFERENCE_ID)],
    [...words, ...rows, ...rows],
    [...words, ...cols, ...cols],
    [...words.keys(), ...zeros(2 * count)],
  ]
  const seen = places(control.viewPositions)
  const view = [seen.rows.map(() => REFERENCE_ID), seen.rows, seen.cols, seen.rows.map(() => 0)]
  const weight = control.injectMask.map((mask) => mask * lambda)
  return {
    text,
    latents: floats(latents, count, CHANNELS),
    reference: floats(reference, count, CHANNELS),
    sigma: floats(Float32Array.of(sigma), 1, 1),
    lengths: indices([words.length, count, count]),
    other_lengths: indices([words.length, count]),
    ...ropeInputs('', native),
    ...ropeInputs('view_', view),
    view_index: indices(control.viewTokens),
    alone_index: indices(control.aloneTokens),
    inject_from: indices(control.injectFrom),
    inject_weight: floats(weight, count, 1),
  }
}

function ropeInputs(prefix: string, ids: readonly ArrayLike<number>[]): Record<string, Tensor> {
  const { cos, sin, width } = ropeTable(ids, [2, 4, 4, 2], 2000)
  const dims = [1, cos.length / width, width]
  return { [`${prefix}cos`]: floats(cos, ...dims), [`${prefix}sin`]: floats(sin, ...dims) }
}
