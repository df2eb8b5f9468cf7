/** The configuration of a FLUX.2 transformer, and the widths that follow from it. */

import { z } from 'zod'
import type { Widths } from '../../parts/blocks.ts'

const integer = z.number().int().positive()

/** `transformer/config.json` of a Flux2Transformer2DModel without distilled guidance (klein). */
export const Flux2Config = z.object({
  patch_size: z.literal(1).default(1),
  in_channels: integer,
  num_layers: integer,
  num_single_layers: integer,
  attention_head_dim: integer,
  num_attention_heads: integer,
  joint_attention_dim: integer,
  timestep_guidance_channels: z.literal(256).default(256),
  mlp_ratio: z.number().default(3),
  axes_dims_rope: z.tuple([integer, integer, integer, integer]),
  rope_theta: z.number().default(2000),
  eps: z.number().default(1e-6),
  guidance_embeds: z.literal(false),
})
export type Flux2Config = z.infer<typeof Flux2Config>

/** The widths of a config. */
export function widthsOf(config: Flux2Config): Widths {
  const model = config.num_attention_heads * config.attention_head_dim
  return {
    model,
    head: config.attention_head_dim,
    heads: config.num_attention_heads,
    mlp: Math.trunc(model * config.mlp_ratio),
  }
}
