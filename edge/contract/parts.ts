/** Parts of our responses. */

import { z } from 'zod'
import { modelNames } from '../../shared/models.ts'

export const size = z.object({ width: z.number().int(), height: z.number().int() })
export const area = z
  .object({ left: z.number().int(), top: z.number().int(), ...size.shape })
  .meta({
    description:
      'The part of the photo that went to the backbone, which the plan is for. Absent for all of it.',
  })
export const grid = z.object({ rows: z.number().int(), cols: z.number().int() })
export const time = z.iso.datetime()
export const mode = z.enum(['live', 'test'])
export const model = z.enum(modelNames as [string, ...string[]])
export const micro = z.number().int().meta({ description: 'Micro-units of the currency.' })
export const price = z.object({ amount: micro, currency: z.string(), version: z.string() })
