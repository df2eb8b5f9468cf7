/**
 * Computed weights of a FLUX.2 autoencoder that does nothing: a latent is the colour of its 8 x 8
 * pixels, and a fourth channel is constant. It is exact for photos that are flat within these pixels.
 * All layers but the outermost are zero, so that residual blocks and attention add nothing; strided
 * convolutions take the upper left pixel, and upsampling repeats it.
 */

import { expectedTensors } from '../../../../../gpu-worker/backbones/check.ts'
import { flux2Autoencoder } from '../../../../../gpu-worker/backbones/flux2/autoencoder/component.ts'
import type { NamedTensor } from '../../../../../gpu-worker/checkpoint/safetensors.ts'
import { elementCount } from '../../../../../gpu-worker/onnx/tensor.ts'

const WIDTH = 8
const LATENTS = 4

export const autoencoderConfig = {
  _class_name: 'AutoencoderKLFlux2',
  block_out_channels: [WIDTH, WIDTH, WIDTH, WIDTH],
  layers_per_block: 1,
  latent_channels: LATENTS,
  norm_num_groups: 1,
}

/** The value of the fourth channel. */
export const FOURTH = 0.25

/**
 * Constants in two channels of opposite sign. With them and with every colour in two channels of opposite
 * sign, the mean of a GroupNorm is 0 and its deviation nearly the constants' alone.
 */
const CONSTANT = 1024
/** The first channel of a colour; the next one has the negative. */
const colourChannel = (colour: number) => 2 + 2 * colour

/** Mean and variance of each feature of a token, all of them different. */
export const statistics = {
  mean: Float32Array.from({ length: 4 * LATENTS }, (_, i) => 0.02 * i - 0.1),
  variance: Float32Array.from({ length: 4 * LATENTS }, (_, i) => 0.2 + 0.01 * i),
}
/** What is added to a variance, as in the released config. */
export const VARIANCE_EPSILON = 1e-4

/** The tensors, by name. What is not set here is zero. */
export function autoencoderTensors(): NamedTensor[] {
  const tensors = [...expectedTensors(flux2Autoencoder, autoencoderConfig)].map(
    ([name, { dims }]) => ({ name, dims, data: new Float32Array(elementCount(dims)) }),
  )
  const dataOf = (name: string) => {
    const found = tensors.find((tensor) => tensor.name === name)
    if (found === undefined) throw new Error(`the autoencoder has no ${name}`)
    return found
  }
  /** Weight `[to, from, y, x]` of a convolution, by default in the middle of its kernel. */
  const tap = (name: string, to: number, from: number, value: number, at?: number) => {
    const { dims, data } = dataOf(`${name}.weight`)
    const [, inputs = 0, height = 0, width = 0] = dims
    const centre = Math.floor((height * width) / 2)
    data[(to * inputs + from) * height * width + (at ?? centre)] = value
  }
  for (const half of ['encoder', 'decoder']) {
    const { data: bias } = dataOf(`${half}.conv_in.bias`)
    bias[0] = CONSTANT
    bias[1] = -CONSTANT
    for (let colour = 0; colour < 3; colour++) {
      const channel = colourChannel(colour)
      tap(`${half}.conv_in`, channel, colour, 1)
      tap(`${half}.conv_in`, channel + 1, colour, -1)
      // SiLU(y) - SiLU(-y) = y.
      tap(`${half}.conv_out`, colour, channel, 1)
      tap(`${half}.conv_out`, colour, channel + 1, -1)
    }
    // The deviation of eight channels, two of which are not small.
    dataOf(`${half}.conv_norm_out.weight`).data.fill(CONSTANT / 2)
  }
  dataOf('encoder.conv_out.bias').data[3] = FOURTH
  for (let channel = 0; channel < WIDTH; channel++)
    for (let level = 0; level < 3; level++) {
      tap(`encoder.down_blocks.${level}.downsamplers.0.conv`, channel, channel, 1, 0)
      tap(`decoder.up_blocks.${level}.upsamplers.0.conv`, channel, channel, 1)
    }
  for (let channel = 0; channel < 2 * LATENTS; channel++) tap('quant_conv', channel, channel, 1)
  for (let channel = 0; channel < LATENTS; channel++) tap('post_quant_conv', channel, channel, 1)
  dataOf('bn.running_mean').data.set(statistics.mean)
  dataOf('bn.running_var').data.set(statistics.variance)
  return tensors
}
