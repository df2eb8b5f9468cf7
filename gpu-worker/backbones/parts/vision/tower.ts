/**
 * Qwen2.5-VL's vision tower as a graph (transformers modeling_qwen2_5_vl.py): patches in, one state
 * per block of patches out. Shapes: P patches, D width, H heads, Dh head dimensions, M = P / 4 tokens.
 */

import { z } from 'zod'
import type { Value } from '../../../onnx/graph.ts'
import {
  add,
  batched,
  chunk,
  gelu,
  matmul,
  mul,
  reshape,
  rmsNorm,
  rotateHalves,
  scalar,
  silu,
  softmax,
  transpose,
  unbatched,
} from '../../../onnx/ops.ts'
import type { Rope } from '../attention.ts'
import { linearLayer } from '../blocks.ts'
import type { Emitter } from '../emitter.ts'

const EPSILON = 1e-6
const COLOURS = 3
const integer = z.number().int().positive()

/** `vision_config` of a Qwen2.5-VL. */
export const VisionConfig = z.object({
  depth: integer,
  hidden_size: integer,
  hidden_act: z.literal('silu').default('silu'),
  intermediate_size: integer,
  num_heads: integer,
  in_channels: z.literal(COLOURS).default(COLOURS),
  patch_size: integer.default(14),
  spatial_merge_size: integer.default(2),
  temporal_patch_size: integer.default(2),
  window_size: integer.default(112),
  out_hidden_size: integer,
  fullatt_block_indexes: z.array(z.number().int().nonnegative()).default([7, 15, 23, 31]),
})
export type VisionConfig = z.infer<typeof VisionConfig>

/** Values of a patch: colours, repeated for each moment, of every pixel. */
export function patchFeatures(config: VisionConfig): number {
  return COLOURS * config.temporal_patch_size * config.patch_size ** 2
}

/** What all layers share: rotations [1, P, Dh / 2], and a mask [P, P] that is added to the logits. */
export type TowerContext = {
  readonly rope: Rope
  /** Minus infinity between patches of different windows. */
  readonly windowMask: Value
}

/** The states [M, out] of patches [P, features]; both in the order of {@link windowOrder}. */
export function visionTower(
  e: Emitter,
  config: VisionConfig,
  name: string,
  patches: Value,
  { rope, windowMask }: TowerContext,
): Value {
  const { g } = e
  const { hidden_size: d, patch_size: side, spatial_merge_size: merge } = config
  const kernel = e.weight(`${name}.patch_embed.proj.weight`, [
    d,
    COLOURS,
    config.temporal_patch_size,
    side,
    side,
  ])
  // The convolution's stride is its size, so it is a linear layer of each patch.
  const weight = reshape(g, kernel, [d, patchFeatures(config)])
  let x = g.node('Gemm', [patches, weight], { transB: 1 }) // [P, D]
  for (let i = 0; i < config.depth; i++) {
    const block = `${name}.blocks.${i}`
    const mask = config.fullatt_block_indexes.includes(i) ? null : windowMask
    const normed = norm(e, x, `${block}.norm1`, d)
    x = add(g, x, selfAttention(e, config, `${block}.attn`, normed, { rope, mask }))
    x = e.stopPoint(add(g, x, mlp(e, config, `${block}.mlp`, norm(e, x, `${block}.norm2`, d))))
  }
  const wide = d * merge ** 2
  const merged = reshape(g, norm(e, x, `${name}.merger.ln_q`, d), [-1, wide]) // [M, 4 D]
  const hidden = gelu(g, linearLayer(e, merged, `${name}.merger.mlp.0`, [wide, wide]))
  return linearLayer(e, hidden, `${name}.merger.mlp.2`, [wide, config.out_hidden_size]) // [M, out]
}

/** Attention of all patches, or within the windows of a mask: x [P, D] to [P, D]. */
function selfAttention(
  e: Emitter,
  { hidden_size: d, num_heads: heads }: VisionConfig,
  name: string,
  x: Value,
  { rope, mask }: { readonly rope: Rope; readonly mask: Value | null },
): Value {
  const { g } = e
  const dh = d / heads
  const fused = linearLayer(e, x, `${name}.qkv`, [d, 3 * d])
  const [qIn, kIn, vIn] = chunk(g, fused, 3, 1) as [Value, Value, Value] // [P, D]
  const rotated = (value: Value) =>
    unbatched(g, rotateHalves(g, batched(g, value), rope.cos, rope.sin, heads))
  const q = mul(g, rotated(qIn), scalar(g, dh ** -0.5, e.compute))
  const queries = transpose(g, reshape(g, q, [0, heads, dh]), [1, 0, 2]) // [H, P, Dh]
  const keys = transpose(g, reshape(g, rotated(kIn), [0, heads, dh]), [1, 2, 0]) // [H, Dh, P]
  const values = transpose(g, reshape(g, vIn, [0, heads, dh]), [1, 0, 2])
  const logits = matmul(g, queries, keys) // [H, P, P]
  const weights = softmax(g, mask === null ? logits : add(g, logits, mask))
  const attended = transpose(g, matmul(g, weights, values), [1, 0, 2]) // [P, H, Dh]
  return linearLayer(e, reshape(g, attended, [0, d]), `${name}.proj`, [d, d])
}

/** SwiGLU with biases: x [P, D] to [P, D]. */
function mlp(e: Emitter, config: VisionConfig, name: string, x: Value): Value {
  const { hidden_size: d, intermediate_size: wide } = config
  const gate = silu(e.g, linearLayer(e, x, `${name}.gate_proj`, [d, wide]))
  const up = linearLayer(e, x, `${name}.up_proj`, [d, wide])
  return linearLayer(e, mul(e.g, gate, up), `${name}.down_proj`, [wide, d])
}

function norm(e: Emitter, x: Value, name: string, width: number): Value {
  return rmsNorm(e.g, x, e.weight(`${name}.weight`, [width]), EPSILON)
}
