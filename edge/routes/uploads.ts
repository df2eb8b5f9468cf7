/** `POST /v1/uploads`: a signed URL to send a photo to, for photos too large for a request body. */

import { Hono } from 'hono'
import { z } from 'zod'
import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import { linkInto } from '../contract/links.ts'
import { time } from '../contract/parts.ts'
import { requireKey } from '../http/auth.ts'
import { mediaType } from '../http/bodies/media-type.ts'
import type { App } from '../http/context.ts'
import { endpoint, json, jsonBody } from '../http/endpoint.ts'
import { IdempotencyHeaders } from '../http/headers.ts'
import { answerOf, creationOf } from '../http/idempotency.ts'
import { blobUrls } from '../storage/blob-urls.ts'
import { announceUpload } from '../use-cases/photos/uploads.ts'

const UploadAnswer = z
  .object({
    id: z.string(),
    method: z.literal('PUT'),
    url: z.url(),
    headers: z.record(z.string(), z.string()),
    expiresAt: time,
  })
  .meta({ id: 'Upload' })

/** Without parameters, and in its usual spelling: browsers and apps also write image/jpg. */
function plainType(type: unknown): unknown {
  if (typeof type !== 'string') return type
  const plain = mediaType(type).type
  return plain === 'image/jpg' ? 'image/jpeg' : plain
}

const CreateUpload = z
  .strictObject({
    contentType: z.preprocess(plainType, z.enum(['image/png', 'image/jpeg', 'image/webp'])),
    bytes: z.number().int().min(1).max(MAX_IMAGE_BYTES).meta({
      description: 'Size of the photo in bytes; the upload must have exactly this size.',
    }),
  })
  .meta({ id: 'CreateUpload' })

const declaration = {
  summary:
    'Create a signed URL for a photo of up to 20 MB; the number of open URLs and their bytes are limited',
  request: { headers: IdempotencyHeaders, body: jsonBody(CreateUpload) },
  responses: {
    201: {
      ...json('The signed URL and the headers to send', UploadAnswer),
      links: {
        createEdit: linkInto('/v1/edits', 'An edit of the photo, once it was sent to the URL', {
          image: { upload: '$response.body#/id' },
        }),
        createMask: linkInto('/v1/masks', 'The mask of a thing in the photo', {
          image: { upload: '$response.body#/id' },
        }),
      },
    },
  },
} as const

export const uploads = new Hono<App>()

uploads.post(
  '/',
  requireKey('edits:write'),
  endpoint(declaration, async (c, { headers, body }) => {
    const creation = creationOf(c, headers['idempotency-key'])
    const upload = await announceUpload(creation, body, blobUrls(c.get('settings')))
    return c.json(answerOf(c, upload), 201)
  }),
)
