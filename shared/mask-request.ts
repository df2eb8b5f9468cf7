/**
 * Bodies of `POST /v1/masks`, and of the request that the edge sends to the worker for it. Knows no
 * segmenter.
 */

import { z } from 'zod'
import { StoredImage } from './edit/bodies.ts'

/** The most points in one request. */
export const MAX_MASK_POINTS = 128

/** The most characters of a rough mask's data URL. */
export const MAX_ROUGH_MASK_LENGTH = 2_000_000

const coordinate = z.number().min(0)

const MaskPoint = z.strictObject({
  x: coordinate,
  y: coordinate,
  on: z.boolean().default(true).meta({
    description: 'true: the point is on the thing. false: it is not. Default: true.',
  }),
})

const MaskBox = z
  .strictObject({
    left: coordinate,
    top: coordinate,
    width: z.number().gt(0),
    height: z.number().gt(0),
  })
  .meta({ description: 'A tight box around the thing.' })

/** Body of `POST /v1/masks`. Coordinates are pixels of the photo as displayed. */
export const CreateMask = z
  .strictObject({
    image: StoredImage,
    points: z.array(MaskPoint).max(MAX_MASK_POINTS).default([]),
    box: MaskBox.optional(),
    mask: z.string().max(MAX_ROUGH_MASK_LENGTH).optional().meta({
      description:
        'Data URL of a PNG: a rough mask whose outline is corrected. Cannot be combined with points or a box.',
    }),
    candidates: z.boolean().default(false).meta({
      description:
        'Whether the response contains the masks of all sizes that one click may mean. Default: false.',
    }),
  })
  .refine(
    ({ points, box, mask }) =>
      mask === undefined
        ? box !== undefined || points.some(({ on }) => on)
        : box === undefined && points.length === 0,
    {
      message: 'send points (at least one on the thing), a box, or a rough mask',
      path: ['points'],
    },
  )
  .meta({ id: 'CreateMask' })
export type CreateMask = z.infer<typeof CreateMask>

/** Body of the worker's `POST /v1/masks/{id}`. */
export const MaskJob = z.strictObject({
  /** Signed URL of the photo. */
  image: z.url(),
  points: z.array(z.strictObject({ x: z.number(), y: z.number(), on: z.boolean() })),
  box: MaskBox.nullable(),
  /** The rough mask's PNG in base64. */
  mask: z.base64().nullable(),
  candidates: z.boolean().default(false),
})
export type MaskJob = z.infer<typeof MaskJob>

/** A mask of the photo's size. */
export const MaskAnswer = z
  .object({
    width: z.number().int(),
    height: z.number().int(),
    mask: z.string().meta({ description: 'Data URL of a PNG that is white on the thing.' }),
    rle: z
      .object({
        size: z.tuple([z.number().int(), z.number().int()]),
        counts: z.array(z.number().int()),
      })
      .meta({
        description:
          'Uncompressed run-length encoding as in COCO. size is [height, width]; counts run down the columns and start with pixels outside the thing.',
      }),
    score: z.number().nullable().meta({
      description: 'SAM’s own estimate of the quality of the mask; null if it reports none.',
    }),
    candidates: z
      .array(
        z.object({
          mask: z.string().meta({ description: 'Data URL of a PNG.' }),
          score: z.number(),
        }),
      )
      .optional()
      .meta({
        description:
          'Only with candidates: true. Masks of a part, of the whole thing, and of what it belongs to, smallest first. The mask of the response is the one with the highest score. For a box or several points there is only one.',
      }),
  })
  .meta({ id: 'Mask' })
export type MaskAnswer = z.infer<typeof MaskAnswer>
