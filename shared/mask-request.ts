/**
 * The wire of `POST /v1/masks`: which thing of a photo is meant, its mask, and what the edge asks of
 * the worker. Knows no segmenter.
 */

import { z } from 'zod'
import { StoredImage } from './edit/bodies.ts'

/** As many points as a refinement takes. */
export const MAX_MASK_POINTS = 128

const coordinate = z.number().min(0)

const MaskPoint = z.strictObject({
  x: coordinate,
  y: coordinate,
  on: z.boolean().default(true).meta({ description: 'False for a point beside the thing.' }),
})

const MaskBox = z
  .strictObject({
    left: coordinate,
    top: coordinate,
    width: z.number().gt(0),
    height: z.number().gt(0),
  })
  .meta({ description: 'Drawn closely around the thing.' })

/** Body of `POST /v1/masks`. Coordinates are pixels of the photo as displayed. */
export const CreateMask = z
  .strictObject({
    image: StoredImage,
    points: z.array(MaskPoint).max(MAX_MASK_POINTS).default([]),
    box: MaskBox.optional(),
    mask: z.string().max(2_000_000).optional().meta({
      description:
        'Data URL of a PNG: a rough mask whose outline is to be found. Instead of points and box.',
    }),
  })
  .refine(
    ({ points, box, mask }) =>
      mask === undefined
        ? box !== undefined || points.some(({ on }) => on)
        : box === undefined && points.length === 0,
    { message: 'name points (one of them on the thing), a box, or a rough mask', path: ['points'] },
  )
  .meta({ id: 'CreateMask' })
export type CreateMask = z.infer<typeof CreateMask>

/** Body of the worker's `POST /v1/masks/{id}`. */
export const MaskJob = z.strictObject({
  /** A signed URL of the photo. */
  image: z.url(),
  points: z.array(z.strictObject({ x: z.number(), y: z.number(), on: z.boolean() })),
  box: MaskBox.nullable(),
  /** The rough mask's PNG in base64. */
  mask: z.base64().nullable(),
})
export type MaskJob = z.infer<typeof MaskJob>

/** A mask of the photo's size. */
export const MaskAnswer = z
  .object({
    width: z.number().int(),
    height: z.number().int(),
    mask: z.string().meta({ description: 'Data URL of a PNG, white on the thing.' }),
    rle: z
      .object({
        size: z.tuple([z.number().int(), z.number().int()]),
        counts: z.array(z.number().int()),
      })
      .meta({
        description:
          'Uncompressed run lengths as COCO has them: height and width, columns from the top, beginning with what is not the thing.',
      }),
    score: z.number().nullable().meta({ description: 'How sure the segmenter is, where it says.' }),
  })
  .meta({ id: 'Mask' })
export type MaskAnswer = z.infer<typeof MaskAnswer>
