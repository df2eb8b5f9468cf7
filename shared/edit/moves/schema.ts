/** Schema of moves from box to box. */

import { z } from 'zod'
import { GRID, MAX_MOVES } from './box-move.ts'

const coordinate = z.number().min(0).max(GRID)
// Not a tuple: what passes between Durable Objects has no tuples.
const Box = z.array(coordinate).length(4).readonly()

/** Moves on the wire. */
export const MovesSchema = z
  .array(
    z
      .strictObject({
        from: Box.meta({ description: '[top, left, bottom, right] around the thing.' }),
        to: Box.meta({ description: '[top, left, bottom, right] of where the thing goes.' }),
        rotate: z.number().min(-180).max(180).default(0).meta({
          description: 'Degrees clockwise, about the middle of the box `to`. Default: 0.',
        }),
      })
      .meta({
        id: 'BoxMove',
        description:
          'Moves the thing in one box to another, and stretches it where the boxes differ in size. Coordinates go from 0 to 1000 over the height and the width of the image as displayed.',
      }),
  )
  .max(MAX_MOVES)
  .readonly()
