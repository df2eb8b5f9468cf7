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
import type { Emitter, FromTo } from '../emitter.ts'

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

/**
 * vae/config.json of FLUX.2's AutoencoderKLFlux2: the same networks, but latents are scaled by channel
 * (flux2/latents.ts), and the decoder may have widths of its own.
 */
export const KlFlux2Config = KlConfig.omit({ scaling_factor: true, shift_factor: true }).extend({
  _class_name: z.literal('AutoencoderKLFlux2'),
  decoder_block_out_channels: z.array(z.number().int()).min(1).nullish(),
  batch_norm_eps: z.number().default(1e-4),
  patch_size: z.tuple([z.literal(2), z.literal(2)]).default([2, 2]),
})
export type KlFlux2Config = z.infer<typeof KlFlux2Config>

/** What the networks of both have. */
type KlNetworks = Omit<KlConfig, '_class_name' | 'scaling_factor' | 'shift_factor'> &
  Partial<Pick<KlFlux2Config, 'decoder_block_out_channels'>>

const EPSILON = 1e-6
/**
 * The mid attention processes its queries in this many parts: at 1 megapixel, 16384 x 1024 logits
 * at a time instead of 16384 squared.
 */
const ATTENTION_PARTS = 16

/** x [1, 3, H, W] to the posterior's mode [1, z, H / 8, W / 8] (for four levels). */
export function encodeKl(e: Emitter, x: Value, config: KlNetworks): Value {
  const moments = klMoments(e, x, config)
  // The mode of a normal distribution is its mean.
  return e.g.nodeWithOutputs(2, 'Split', [moments], { axis: 1, num_outputs: 2 })[0] as Value
}

/** x [1, 3, H, W] to the posterior [1, 2 z, H / 8, W / 8] (for four levels): the mean, then the log-variance. */
export function klMoments(e: Emitter, x: Value, config: KlNetworks): Value {
  const kl = { e, config }
  const widths = config.block_out_channels
  const last = widths.length - 1
  const moments = 2 * config.latent_channels
  let width = widths[0] as number
  let h = conv3(e, x, 'encoder.conv_in', [config.in_channels, width])
  widths.forEach((out, level) => {
    const block = `encoder.down_blocks.${level}`
    for (let i = 0; i < config.layers_per_block; i++)
      h = residual(kl, h, `${block}.resnets.${i}`, [i === 0 ? width : out, out])
    width = out
    // Padding at right and bottom only: upstream pads before a convolution without padding.
    if (level < last)
      h = paddedConv(
        e.g,
        h,
        ...convWeights(e, `${block}.downsamplers.0.conv`, [out, out], 3),
        2,
        [0, 0, 1, 1],
      )
  })
  h = middle(kl, h, 'encoder.mid_block', width)
  h = conv3(e, normSilu(kl, h, 'encoder.conv_norm_out', width), 'encoder.conv_out', [
    width,
    moments,
  ])
  return config.use_quant_conv ? conv1(e, h, 'quant_conv', [moments, moments]) : h
}

/** z [1, z, h, w] to pixels [1, 3, 8 h, 8 w] (for four levels). */
export function decodeKl(e: Emitter, latents: Value, config: KlNetworks): Value {
  const kl = { e, config }
  const widths = [...(config.decoder_block_out_channels ?? config.block_out_channels)].reverse()
  const { latent_channels: channels } = config
  const z0 = config.use_post_quant_conv
    ? conv1(e, latents, 'post_quant_conv', [channels, channels])
    : latents
  let width = widths[0] as number
  let h = conv3(e, z0, 'decoder.conv_in', [channels, width])
  h = middle(kl, h, 'decoder.mid_block', width)
  widths.forEach((out, level) => {
    const block = `decoder.up_blocks.${level}`
    for (let i = 0; i <= config.layers_per_block; i++)
      h = residual(kl, h, `${block}.resnets.${i}`, [i === 0 ? width : out, out])
    width = out
    if (level < widths.length - 1)
      h = conv3(e, nearestUpsample(e.g, h), `${block}.upsamplers.0.conv`, [out, out])
  })
  h = normSilu(kl, h, 'decoder.conv_norm_out', width)
  return conv3(e, h, 'decoder.conv_out', [width, config.out_channels])
}

/** The values that all blocks of an autoencoder share. */
type Kl = { readonly e: Emitter; readonly config: KlNetworks }

/** @param size side of the kernel */
function convWeights(e: Emitter, name: string, [from, to]: FromTo, size: number): [Value, Value] {
  return [e.weight(`${name}.weight`, [to, from, size, size]), e.weight(`${name}.bias`, [to])]
}

function conv1(e: Emitter, x: Value, name: string, channels: FromTo): Value {
  return paddedConv(e.g, x, ...convWeights(e, name, channels, 1), 1, [0, 0, 0, 0])
}

/** 3 x 3 convolution that keeps the size. */
function conv3(e: Emitter, x: Value, name: string, channels: FromTo): Value {
  return paddedConv(e.g, x, ...convWeights(e, name, channels, 3), 1, [1, 1, 1, 1])
}

function norm({ e, config }: Kl, x: Value, name: string, width: number): Value {
  const weights = [e.weight(`${name}.weight`, [width]), e.weight(`${name}.bias`, [width])] as const
  return groupNorm(e.g, x, weights, config.norm_num_groups, EPSILON, e.compute)
}

function normSilu(kl: Kl, x: Value, name: string, width: number): Value {
  return silu(kl.e.g, norm(kl, x, name, width))
}

/** ResnetBlock2D without time embedding. */
function residual(kl: Kl, x: Value, name: string, [from, to]: FromTo): Value {
  const { e } = kl
  const first = conv3(e, normSilu(kl, x, `${name}.norm1`, from), `${name}.conv1`, [from, to])
  const second = conv3(e, normSilu(kl, first, `${name}.norm2`, to), `${name}.conv2`, [to, to])
  const shortcut = from === to ? x : conv1(e, x, `${name}.conv_shortcut`, [from, to])
  return e.stopPoint(add(e.g, shortcut, second))
}

function middle(kl: Kl, x: Value, name: string, width: number): Value {
  let h = residual(kl, x, `${name}.resnets.0`, [width, width])
  if (kl.config.mid_block_add_attention) h = selfAttention(kl, h, `${name}.attentions.0`, width)
  return residual(kl, h, `${name}.resnets.1`, [width, width])
}

/**
 * One head over all positions, as plain products: not all fused kernels support heads of 512. The
 * queries are processed in parts to limit the memory of the logits.
 */
function selfAttention(kl: Kl, x: Value, name: string, width: number): Value {
  const { e } = kl
  const { g } = e
  const normed = norm(kl, x, `${name}.group_norm`, width)
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
  // Sizes are inputs, because integer arithmetic would run on the CPU.
  const sizes = g.input('attention_parts', 'I64', [ATTENTION_PARTS])
  const parts = split(g, q, sizes, ATTENTION_PARTS, 0).map((some) =>
    matmul(g, softmax(g, matmul(g, some, keys)), values),
  )
  const out = project(concat(g, parts, 0), 'to_out.0') // [H W, C]
  return add(g, x, g.node('Reshape', [transpose(g, out, [1, 0]), shapeOf(g, x)]))
}

/**
 * The input `attention_parts` of a KL autoencoder's graphs, for latents of `height` x `width`: the
 * number of queries in each part of the mid attention. With few latents the last parts are empty.
 */
export function attentionParts(height: number, width: number): Tensor {
  const count = height * width
  const part = Math.ceil(count / ATTENTION_PARTS)
  const sizes = Array.from({ length: ATTENTION_PARTS }, (_, i) =>
    Math.max(0, Math.min(part, count - i * part)),
  )
  return indices(sizes)
}
