/** `/blobs/{key}`: the bucket behind signed URLs, for where it has no S3 endpoint. */

import { Hono } from 'hono'
import { EditError } from '../../shared/errors.ts'
import { mediaType } from '../http/bodies/media-type.ts'
import { passOn } from '../http/bodies/passed-on.ts'
import type { App } from '../http/context.ts'
import { isKnown } from '../http/headers.ts'
import { checkBlobUrl } from '../storage/blob-urls.ts'

export const blobs = new Hono<App>()

blobs.get('/:key{.+}', async (c) => {
  const key = c.req.param('key')
  await checkBlobUrl('GET', new URL(c.req.url), key, c.get('settings').BLOB_SECRET)
  const object = await c.env.BUCKET.get(key)
  if (object === null) throw new EditError('not_found', 'there is no such object')
  const headers = new Headers({
    'content-length': String(object.size),
    etag: object.httpEtag,
    // Keeps files from running as pages.
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  })
  if (isKnown(c.req.header('if-none-match'), object.httpEtag)) {
    await object.body.cancel()
    headers.delete('content-length')
    return new Response(null, { status: 304, headers })
  }
  object.writeHttpMetadata(headers)
  return new Response(object.body, { headers })
})

blobs.put('/:key{.+}', async (c) => {
  const key = c.req.param('key')
  const grant = await checkBlobUrl('PUT', new URL(c.req.url), key, c.get('settings').BLOB_SECRET)
  if (grant.method !== 'PUT') throw new Error('a PUT was checked as another method')
  const { type } = mediaType(c.req.header('content-type'))
  if (type !== grant.contentType)
    throw new EditError('forbidden', `the URL is for ${grant.contentType}; the body is ${type}`)
  const length = Number(c.req.header('content-length'))
  const body = c.req.raw.body
  if (body === null || !Number.isInteger(length) || length <= 0)
    throw new EditError('invalid_request', 'Content-Length is missing')
  if ('bytes' in grant && length !== grant.bytes)
    throw new EditError('forbidden', `the URL is for ${grant.bytes} bytes; the body has ${length}`)
  if ('maxBytes' in grant && length > grant.maxBytes)
    throw new EditError(
      'image_too_large',
      `the body has ${length} bytes; the URL allows ${grant.maxBytes}`,
    )
  await passOn(body, length, (whole) =>
    c.env.BUCKET.put(key, whole, { httpMetadata: { contentType: type } }),
  )
  return c.body(null, 201)
})
