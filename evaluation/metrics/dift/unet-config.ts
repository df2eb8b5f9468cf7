/** unet/config.json of Stable Diffusion 2 (diffusers UNet2DConditionModel). */

import { z } from 'zod'

const counts = z.array(z.number().int().positive()).min(1)

export const UnetConfig = z
  .object({
    _class_name: z.literal('UNet2DConditionModel'),
    in_channels: z.number().int(),
    block_out_channels: counts,
    layers_per_block: z.number().int(),
    down_block_types: z.array(z.enum(['CrossAttnDownBlock2D', 'DownBlock2D'])),
    up_block_types: z.array(z.enum(['CrossAttnUpBlock2D', 'UpBlock2D'])),
    cross_attention_dim: z.number().int(),
    /** The number of heads, of all blocks or of each: diffusers' name for it is a known mistake. */
    attention_head_dim: z.union([z.number().int(), counts]),
    norm_num_groups: z.number().int(),
    norm_eps: z.number().default(1e-5),
    /** Stable Diffusion 1 has convolutions instead. */
    use_linear_projection: z.literal(true),
  })
  .transform(({ attention_head_dim: heads, ...config }) => ({
    ...config,
    heads: config.block_out_channels.map((_, i) =>
      typeof heads === 'number' ? heads : (heads[i] as number),
    ),
  }))
export type UnetConfig = z.infer<typeof UnetConfig>
