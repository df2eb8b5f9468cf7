/** The configuration of a LongCat-Image transformer. */

import { z } from 'zod'

const integer = z.number().int().positive()

/**
 * `transformer/config.json` of a LongCatImageTransformer2DModel. diffusers has neither a width of
 * the MLP (it is always 4 times as wide) nor a use for `pooled_projection_dim`.
 */
export const LongcatConfig = z.object({
  patch_size: z.literal(1).default(1),
  in_channels: integer,
  num_layers: integer,
  num_single_layers: integer,
  attention_head_dim: integer,
  num_attention_heads: integer,
  joint_attention_dim: integer,
  axes_dims_rope: z.tuple([integer, integer, integer]),
  mlp_ratio: z.number().default(4),
})
export type LongcatConfig = z.infer<typeof LongcatConfig>
