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
import type { TokenGrid } from '../../../../shared/token-grid.ts'
import { CHANNELS, runInputs, stepInputs, TEXT_WIDTH, thirdGraph } from './transformer.ts'

/** Pixels a token spans; its channels are the patterns below. */
const PITCH = 8
/** Latents are scaled per channel: `(latent - mean) / std`. */
const MEAN = [0.1, -0.2, 0.3, 0]
const STD = [0.5, 1.5, 2, 0.25]

const selfTestRun = {
  grid: { rows: 1, cols: 2 },
  reference: Float32Array.of(0.25, -0.5, 1, 0.5, -1, 0, 0.75, 2),
  control: identityControl(2),
  guidance: null,
  conditioning: floats(Float32Array.of(1, 0, -1), 1, TEXT_WIDTH),
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
    encode: async ({ pixels, width, height }) => {
      const grid = { rows: height / PITCH, cols: width / PITCH }
      const latents = new Float32Array(CHANNELS * grid.rows * grid.cols)
      forEachPattern(grid, (latent, pixel, sign) => {
        latents[latent] = at(latents, latent) + (at(pixels, pixel) * sign) / PITCH ** 2
      })
      return latents.map((x, i) => (x - at(MEAN, i % CHANNELS)) / at(STD, i % CHANNELS))
    },
    /** A token of the photo's mean colour, then one per letter. */
    condition: async ({ prompt, photo: { pixels } }) => {
      const plane = pixels.length / 3
      const mean = (c: number) =>
        pixels.subarray(c * plane, (c + 1) * plane).reduce((sum, x) => sum + x, 0) / plane
      const letters = [...prompt].flatMap((letter) => [(letter.codePointAt(0) ?? 0) / 128, 0, 1])
      const tokens = Float32Array.of(mean(0), mean(1), mean(2), ...letters)
      return floats(tokens, tokens.length / TEXT_WIDTH, TEXT_WIDTH)
    },
    schedule: (steps, tokens) => shiftedSchedule(steps, tokens / 100 + steps / 10),
    /** Drawn as [z, h, w]. */
    noise: (seed, { rows, cols }) => {
      const count = rows * cols
      const drawn = gaussianNoise(seed, CHANNELS * count)
      return drawn.map((_, i) => at(drawn, (i % CHANNELS) * count + Math.floor(i / CHANNELS)))
    },
    velocity: (run) => {
      const constant = runInputs(run)
      return (x, sigma, lambda) =>
        transformer.run({ ...constant, ...stepInputs(run.control, x, sigma, lambda) }, 'velocity')
    },
    decode: async (tokens, grid) => {
      const pixels = new Float32Array(3 * PITCH ** 2 * grid.rows * grid.cols)
      forEachPattern(grid, (latent, pixel, sign) => {
        const value = at(tokens, latent) * at(STD, latent % CHANNELS) + at(MEAN, latent % CHANNELS)
        pixels[pixel] = at(pixels, pixel) + value * sign
      })
      return pixels
    },
    previews: () => () => ({ width: 1, height: 1, rgb: new Uint8Array(3) }),
    close: () => sessions.close(),
  }
}

/**
 * Latents of a block are the means of red, green and blue, and half the difference of green's means
 * in its left and its right half: patterns of signs, visited pixel by pixel.
 */
function forEachPattern(
  { rows, cols }: TokenGrid,
  visit: (latent: number, pixel: number, sign: number) => void,
): void {
  const width = PITCH * cols
  const plane = PITCH * rows * width
  for (let pixel = 0; pixel < 3 * plane; pixel++) {
    const colour = Math.floor(pixel / plane)
    const x = pixel % width
    const row = Math.floor((pixel % plane) / width / PITCH)
    const token = row * cols + Math.floor(x / PITCH)
    visit(CHANNELS * token + colour, pixel, 1)
    if (colour === 1) visit(CHANNELS * token + 3, pixel, x % PITCH < PITCH / 2 ? 1 : -1)
  }
}

function at(values: ArrayLike<number>, index: number): number {
  const value = values[index]
  if (value === undefined) throw new Error(`No value at ${index}`)
  return value
}
