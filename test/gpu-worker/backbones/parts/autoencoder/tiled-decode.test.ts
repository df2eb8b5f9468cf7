import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  autoencoderInputs,
  decoderGraph,
  ScaledConfig,
} from '../../../../../gpu-worker/backbones/parts/autoencoder/graphs.ts'
import {
  type DecodeTile,
  decodeInTiles,
} from '../../../../../gpu-worker/backbones/parts/autoencoder/tiled-decode.ts'
import { openComponent } from '../../../../../gpu-worker/checkpoint/layout.ts'
import { floats } from '../../../../../gpu-worker/onnx/tensor.ts'
import { gaussianNoise } from '../../../../../gpu-worker/sampler/noise.ts'
import { load, maxDifference } from '../../../../fixtures/graphs.ts'

/**
 * Each latent becomes 2 x 2 pixels of three colours, so that a tile does not depend on its
 * surroundings.
 */
const local: DecodeTile = async (latents, { width, height }) => {
  const out = new Float32Array(3 * 4 * width * height)
  for (let k = 0; k < 3; k++)
    for (let y = 0; y < 2 * height; y++)
      for (let x = 0; x < 2 * width; x++)
        out[(k * 2 * height + y) * 2 * width + x] =
          (latents[(y >> 1) * width + (x >> 1)] as number) * (k + 1)
  return out
}

test.each([
  [40, 30, 16],
  [17, 64, 16],
  [64, 64, 24],
  [10, 10, 16],
])(
  '%dx%d latents in tiles of %d: a decoder without context gives the same pixels',
  async (width, height, tile) => {
    const latents = gaussianNoise(1, width * height)
    const sizes: number[] = []
    const watched: DecodeTile = (part, size) => {
      sizes.push(Math.max(size.width, size.height))
      return local(part, size)
    }
    const tiled = await decodeInTiles({ data: latents, channels: 1, width, height }, tile, watched)
    expect(maxDifference(tiled, await local(latents, { width, height }))).toBeLessThan(1e-5)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(tile)
  },
)

test('where tiles differ, one is blended into the other without a step', async () => {
  let shade = 0
  const flat: DecodeTile = async (_, { width, height }) =>
    new Float32Array(3 * width * height).fill(shade++)
  const size = { width: 40, height: 16 }
  const tiled = await decodeInTiles({ ...size, data: new Float32Array(640), channels: 1 }, 24, flat)
  const row = [...tiled.subarray(0, 40)]
  const steps = row.slice(1).map((value, i) => Math.abs(value - (row[i] as number)))
  expect(row[0]).toBe(0)
  expect(row[39]).toBe(1)
  expect(Math.max(...steps)).toBeLessThanOrEqual(1 / 8 + 1e-6)
})

test('the KL decoder in tiles is close to the whole picture', async () => {
  const component = await openComponent(
    fileURLToPath(new URL('../../../../fixtures/golden/kl', import.meta.url)),
  )
  const config = ScaledConfig.parse(component.config)
  const session = await load(decoderGraph(config, component.tensors, 'F32'))
  const decode: DecodeTile = async (latents, { width, height }) => {
    const { outputs } = await session.run({
      z: floats(latents, 1, 4, height, width),
      ...autoencoderInputs(config, height, width),
    })
    return outputs.sample?.data as Float32Array
  }
  const size = { width: 24, height: 16 }
  const latents = gaussianNoise(2, 4 * 24 * 16)
  const whole = await decode(latents, size)
  const tiled = await decodeInTiles({ ...size, data: latents, channels: 4 }, 16, decode)
  const rms = (values: Float32Array) =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
  // Norms over a tile differ from norms over the picture, and most of all with random weights.
  expect(rms(tiled.map((value, i) => value - (whole[i] as number)))).toBeLessThan(0.35 * rms(whole))
})
