/** The configuration of a FLUX.1 transformer, and the widths that follow from it. */

import { z } from 'zod'
import type { Widths } from '../parts/blocks.ts'

/**
 * `transformer/config.json` of a FluxTransformer2DModel. diffusers has no `mlp_ratio`; there it is
 * always 4.
 */
export const Flux1Config = z.object({
  in_channels: z.number().int(),
  num_layers: z.number().int(),
  num_single_layers: z.number().int(),
  attention_head_dim: z.number().int(),
  num_attention_heads: z.number().int(),
  joint_attention_dim: z.number().int(),
  pooled_projection_dim: z.number().int(),
  guidance_embeds: z.boolean(),
  axes_dims_rope: z.tuple([z.number().int(), z.number().int(), z.number().int()]),
  mlp_ratio: z.number().default(4),
})
export type Flux1Config = z.infer<typeof Flux1Config>

/** The widths of a config. */
export function widthsOf(config: Flux1Config): Widths {
  const model = config.num_attention_heads * config.attention_head_dim
  return {
    model,
    head: config.attention_head_dim,
    heads: config.num_attention_heads,
    mlp: Math.round(model * config.mlp_ratio),
  }
}
