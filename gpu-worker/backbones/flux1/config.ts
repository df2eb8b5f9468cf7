/** The configuration of a FLUX.1 transformer. */

import { z } from 'zod'

/**
 * `transformer/config.json` of a FluxTransformer2DModel. diffusers has no `mlp_ratio`; there it is
 * always 4.
 */
export const Flux1Config = z.object({
  in_channels: z.number().int(),
  /** Null or absent where it is the same; FLUX.1-Fill reads more than it writes. */
  out_channels: z.number().int().nullish(),
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
