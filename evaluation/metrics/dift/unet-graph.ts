/**
 * The part of Stable Diffusion 2's UNet that features are taken from, as a graph: from noisy latents to
 * the output of the second up block (diffusers unet_2d_condition.py, unet_2d_blocks.py; DIFT's
 * up_ft_index 1).
 */

import { embedder } from '../../../gpu-worker/backbones/parts/blocks.ts'
import { Emitter } from '../../../gpu-worker/backbones/parts/emitter.ts'
import { type ExternalTensor, Graph, type Value } from '../../../gpu-worker/onnx/graph.ts'
import { concat, silu } from '../../../gpu-worker/onnx/ops.ts'
import { floats, indices, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { type BlockContext, conv3, residual, transformer } from './unet-blocks.ts'
import type { UnetConfig } from './unet-config.ts'

/** Up blocks that are run. */
const UP_BLOCKS = 2
/** Time is embedded in this many times the width of the first block. */
const TIME_WIDER = 4

/** Something that a later block takes, and its channels. */
type Skip = { readonly x: Value; readonly width: number }

/**
 * Graph `latents` [1, C, h, w], `time` [1, W0], `text` [T, D], `size_0` and `size_1` i64 [4] (see
 * {@link unetInputs}) -> `features` [1, W, H, W].
 */
export function unetGraph(
  config: UnetConfig,
  tensors: ReadonlyMap<string, ExternalTensor>,
): Uint8Array {
  const e = new Emitter(new Graph(), tensors, 'F32')
  const widths = config.block_out_channels
  const first = widths[0] as number
  const latents = e.floatInput('latents', [1, config.in_channels, 'h', 'w'])
  const timeWidth = TIME_WIDER * first
  const time = embedder(e, e.floatInput('time', [1, first]), 'time_embedding', [first, timeWidth])
  const context: BlockContext = {
    e,
    groups: config.norm_num_groups,
    epsilon: config.norm_eps,
    // Every block begins with it.
    time: silu(e.g, time),
    timeWidth,
    text: e.floatInput('text', ['T', config.cross_attention_dim]),
    textWidth: config.cross_attention_dim,
  }
  const skips: Skip[] = []
  let x = conv3(e, latents, 'conv_in', [config.in_channels, first])
  skips.push({ x, width: first })
  x = down(context, config, x, skips)
  const last = widths.at(-1) as number
  x = residual(context, x, 'mid_block.resnets.0', [last, last])
  x = transformer(context, x, 'mid_block.attentions.0', last, config.heads.at(-1) as number)
  x = residual(context, x, 'mid_block.resnets.1', [last, last])
  x = up(context, config, x, skips)
  e.floatOutput('features', x, [1, featureChannels(config), 'rows', 'cols'])
  return e.g.finish()
}

/** Channels of the features. */
export function featureChannels({ block_out_channels: widths }: UnetConfig): number {
  return widths.at(-UP_BLOCKS) as number
}

function down(context: BlockContext, config: UnetConfig, start: Value, skips: Skip[]): Value {
  const { e } = context
  let [x, width] = [start, config.block_out_channels[0] as number]
  config.block_out_channels.forEach((out, level) => {
    const block = `down_blocks.${level}`
    const attends = config.down_block_types[level] === 'CrossAttnDownBlock2D'
    for (let i = 0; i < config.layers_per_block; i++) {
      x = residual(context, x, `${block}.resnets.${i}`, [i === 0 ? width : out, out])
      if (attends)
        x = transformer(context, x, `${block}.attentions.${i}`, out, config.heads[level] as number)
      skips.push({ x, width: out })
    }
    width = out
    if (level === config.block_out_channels.length - 1) return
    x = conv3(e, x, `${block}.downsamplers.0.conv`, [out, out], 2)
    skips.push({ x, width: out })
  })
  return x
}

function up(context: BlockContext, config: UnetConfig, start: Value, skips: Skip[]): Value {
  const { e } = context
  const { g } = e
  let [x, width] = [start, config.block_out_channels.at(-1) as number]
  for (let level = 0; level < UP_BLOCKS; level++) {
    const block = `up_blocks.${level}`
    const out = config.block_out_channels.at(-1 - level) as number
    const heads = config.heads.at(-1 - level) as number
    const attends = config.up_block_types[level] === 'CrossAttnUpBlock2D'
    for (let i = 0; i <= config.layers_per_block; i++) {
      const skip = skips.pop() as Skip
      const joined = concat(g, [x, skip.x], 1)
      x = residual(context, joined, `${block}.resnets.${i}`, [width + skip.width, out])
      if (attends) x = transformer(context, x, `${block}.attentions.${i}`, out, heads)
      width = out
    }
    const larger = resized(g, x, g.input(`size_${level}`, 'I64', [4]))
    x = conv3(e, larger, `${block}.upsamplers.0.conv`, [out, out])
  }
  return x
}

/** Repeats pixels up to a size, as F.interpolate with mode nearest. */
function resized(g: Graph, x: Value, size: Value): Value {
  return g.node('Resize', [x, null, null, size], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  })
}

/**
 * The inputs other than the text, for latents of `rows` x `cols`.
 *
 * @param step of training, 0 to 999
 */
export function unetInputs(
  { block_out_channels: widths, in_channels: channels }: UnetConfig,
  latents: Float32Array,
  { rows, cols }: { readonly rows: number; readonly cols: number },
  step: number,
): Record<string, Tensor> {
  // Each convolution with stride 2 rounds up; the up blocks return to the size before it.
  const halved = (size: number, times: number) => Math.ceil(size / 2 ** times)
  const size = (level: number) => {
    const times = widths.length - 2 - level
    const width = widths.at(-1 - level) as number
    return indices([1, width, halved(rows, times), halved(cols, times)])
  }
  return {
    latents: floats(latents, 1, channels, rows, cols),
    time: floats(timeFeatures(step, widths[0] as number), 1, widths[0] as number),
    size_0: size(0),
    size_1: size(1),
  }
}

/** Rows and columns of the features. */
export function featureSize(
  { block_out_channels: widths }: UnetConfig,
  { rows, cols }: { readonly rows: number; readonly cols: number },
): { rows: number; cols: number } {
  const factor = 2 ** (widths.length - 1 - UP_BLOCKS)
  return { rows: Math.ceil(rows / factor), cols: Math.ceil(cols / factor) }
}

/** `[cos(t f_j), sin(t f_j)]`, `f_j = 10000^(-2 j / width)` (diffusers get_timestep_embedding, flipped). */
function timeFeatures(step: number, width: number): Float32Array {
  const half = width / 2
  const values = new Float32Array(width)
  for (let j = 0; j < half; j++) {
    const angle = step * Math.exp((-Math.log(10_000) * j) / half)
    values[j] = Math.cos(angle)
    values[half + j] = Math.sin(angle)
  }
  return values
}
