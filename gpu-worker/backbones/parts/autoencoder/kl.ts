/**
 * AutoencoderKL as graphs (diffusers autoencoder_kl.py, vae.py, resnet.py, downsampling.py,
 * upsampling.py). Tensor names are the checkpoint's own. Images are [1, C, H, W]. Float32 or
 * float16: onnxruntime has no bfloat16 normalisation on CUDA.
 */

import { z } from 'zod'
import type { Value } from '../../../onnx/graph.ts'
import {
  add,
  concat,
  groupNorm,
  linear,
  matmul,
  mul,
  nearestUpsample,
  paddedConv,
  reshape,
  scalar,
  shapeOf,
  silu,
  softmax,
  split,
  transpose,
} from '../../../onnx/ops.ts'
import { indices, type Tensor } from '../../../onnx/tensor.ts'
import type { Emitter } from '../emitter.ts'

/** vae/config.json of an AutoencoderKL. */
export const KlConfig = z.object({
  _class_name: z.literal('AutoencoderKL'),
  in_channels: z.number().int().default(3),
  out_channels: z.number().int().default(3),
  block_out_channels: z.array(z.number().int()).min(1),
  layers_per_block: z.number().int(),
  latent_channels: z.number().int(),
  norm_num_groups: z.number().int(),
  scaling_factor: z.number(),
  shift_factor: z
    .number()
    .nullish()
    .transform((shift) => shift ?? 0),
  use_quant_conv: z.boolean().default(true),
  use_post_quant_conv: z.boolean().default(true),
  mid_block_add_attention: z.boolean().default(true),
})
export type KlConfig = z.infer<typeof KlConfig>

const EPSILON = 1e-6
/**
 * Queries of the mid attention go through in this many parts: at 1 megapixel 16384 x 1024 logits at
 * a time, not 16384 squared.
 */
const ATTENTION_PARTS = 16

/** x [1, 3, H, W] to the posterior's mode [1, z, H / 8, W / 8] (for four levels). */
export function encodeKl(e: Emitter, x: Value, config: KlConfig): Value {
  const widths = config.block_out_channels
  const last = widths.length - 1
  let width = widths[0] as number
  let h = conv3(e, x, 'encoder.conv_in', config.in_channels, width)
  widths.forEach((out, level) => {
    const block = `encoder.down_blocks.${level}`
    for (let i = 0; i < config.layers_per_block; i++) {
      h = residual(e, h, `${block}.resnets.${i}`, i === 0 ? width : out, out, config)
    }
    width = out
    // Padding right and below only, as upstream pads before a convolution without padding.
    if (level < last)
      h = paddedConv(
        e.g,
        h,
        ...convWeights(e, `${block}.downsamplers.0.conv`, out, out, 3),
        2,
        [0, 0, 1, 1],
      )
  })
  h = middle(e, h, 'encoder.mid_block', width, config)
  const moments = conv3(
    e,
    normSilu(e, h, 'encoder.conv_norm_out', width, config),
    'encoder.conv_out',
    width,
    2 * config.latent_channels,
  )
  const posterior = config.use_quant_conv
    ? paddedConv(
        e.g,
        moments,
        ...convWeights(e, 'quant_conv', 2 * config.latent_channels, 2 * config.latent_channels, 1),
        1,
        [0, 0, 0, 0],
      )
    : moments
  // Mean and log-variance lie one after the other; the mode is the mean.
  return e.g.nodeWithOutputs(2, 'Split', [posterior], { axis: 1, num_outputs: 2 })[0] as Value
}

/** z [1, z, h, w] to pixels [1, 3, 8 h, 8 w] (for four levels). */
export function decodeKl(e: Emitter, latents: Value, config: KlConfig): Value {
  const widths = [...config.block_out_channels].reverse()
  const { latent_channels: channels } = config
  const z0 = config.use_post_quant_conv
    ? paddedConv(
        e.g,
        latents,
        ...convWeights(e, 'post_quant_conv', channels, channels, 1),
        1,
        [0, 0, 0, 0],
      )
    : latents
  let width = widths[0] as number
  let h = middle(
    e,
    conv3(e, z0, 'decoder.conv_in', channels, width),
    'decoder.mid_block',
    width,
    config,
  )
  widths.forEach((out, level) => {
    const block = `decoder.up_blocks.${level}`
    for (let i = 0; i <= config.layers_per_block; i++) {
      h = residual(e, h, `${block}.resnets.${i}`, i === 0 ? width : out, out, config)
    }
    width = out
    if (level < widths.length - 1)
      h = conv3(e, nearestUpsample(e.g, h), `${block}.upsamplers.0.conv`, out, out)
  })
  return conv3(
    e,
    normSilu(e, h, 'decoder.conv_norm_out', width, config),
    'decoder.conv_out',
    width,
    config.out_channels,
  )
}

function convWeights(
  e: Emitter,
  name: string,
  from: number,
  to: number,
  size: number,
): [Value, Value] {
  return [e.weight(`${name}.weight`, [to, from, size, size]), e.weight(`${name}.bias`, [to])]
}

/** 3 x 3 convolution that keeps the size. */
function conv3(e: Emitter, x: Value, name: string, from: number, to: number): Value {
  return paddedConv(e.g, x, ...convWeights(e, name, from, to, 3), 1, [1, 1, 1, 1])
}

function norm(e: Emitter, x: Value, name: string, width: number, config: KlConfig): Value {
  const weights = [e.weight(`${name}.weight`, [width]), e.weight(`${name}.bias`, [width])] as const
  return groupNorm(e.g, x, weights, config.norm_num_groups, EPSILON, e.compute)
}

function normSilu(e: Emitter, x: Value, name: string, width: number, config: KlConfig): Value {
  return silu(e.g, norm(e, x, name, width, config))
}

/** ResnetBlock2D without time embedding. */
function residual(
  e: Emitter,
  x: Value,
  name: string,
  from: number,
  to: number,
  config: KlConfig,
): Value {
  const first = conv3(e, normSilu(e, x, `${name}.norm1`, from, config), `${name}.conv1`, from, to)
  const second = conv3(e, normSilu(e, first, `${name}.norm2`, to, config), `${name}.conv2`, to, to)
  const shortcut =
    from === to
      ? x
      : paddedConv(e.g, x, ...convWeights(e, `${name}.conv_shortcut`, from, to, 1), 1, [0, 0, 0, 0])
  return add(e.g, shortcut, second)
}

function middle(e: Emitter, x: Value, name: string, width: number, config: KlConfig): Value {
  let h = residual(e, x, `${name}.resnets.0`, width, width, config)
  if (config.mid_block_add_attention) h = selfAttention(e, h, `${name}.attentions.0`, width, config)
  return residual(e, h, `${name}.resnets.1`, width, width, config)
}

/**
 * One head over all positions, as plain products: the fused kernels do not take heads of 512
 * everywhere. The queries go through in parts, so that the logits are never all there at once.
 */
function selfAttention(e: Emitter, x: Value, name: string, width: number, config: KlConfig): Value {
  const { g } = e
  const normed = norm(e, x, `${name}.group_norm`, width, config)
  const tokens = transpose(g, reshape(g, normed, [width, -1]), [1, 0]) // [H W, C]
  const project = (input: Value, key: string) =>
    linear(
      g,
      input,
      e.weight(`${name}.${key}.weight`, [width, width]),
      e.weight(`${name}.${key}.bias`, [width]),
    )
  const q = mul(g, project(tokens, 'to_q'), scalar(g, 1 / Math.sqrt(width), e.compute))
  const keys = transpose(g, project(tokens, 'to_k'), [1, 0]) // [C, H W]
  const values = project(tokens, 'to_v')
  // Sizes come from the host: arithmetic on integers would leave the GPU.
  const sizes = g.input('attention_parts', 'I64', [ATTENTION_PARTS])
  const parts = split(g, q, sizes, ATTENTION_PARTS, 0).map((some) =>
    matmul(g, softmax(g, matmul(g, some, keys)), values),
  )
  const out = project(concat(g, parts, 0), 'to_out.0') // [H W, C]
  return add(g, x, g.node('Reshape', [transpose(g, out, [1, 0]), shapeOf(g, x)]))
}

/**
 * The input `attention_parts` of a KL autoencoder's graphs, for latents of `height` x `width`: how
 * many queries go through the mid attention at a time. Of a few latents the last parts are empty.
 */
export function attentionParts(height: number, width: number): Tensor {
  const count = height * width
  const part = Math.ceil(count / ATTENTION_PARTS)
  const sizes = Array.from({ length: ATTENTION_PARTS }, (_, i) =>
    Math.max(0, Math.min(part, count - i * part)),
  )
  return indices(sizes)
}
