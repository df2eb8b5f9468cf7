/** The bytes of request bodies: bounded in number, and in how long they may stall. */

import type { Context } from 'hono'
import { EditError } from '../../../shared/errors.ts'
import { MAX_IMAGE_BYTES } from '../../../shared/files/image-header.ts'
import { readBounded } from '../../../shared/files/read-bounded.ts'
import type { App } from '../context.ts'

export const MAX_JSON_BYTES = 6_000_000
export const MAX_MULTIPART_BYTES = 10_000_000

/**
 * The body's bytes; stops reading as soon as there are too many, whatever Content-Length says.
 *
 * @throws EditError `image_too_large`, `invalid_request` for a body that stalls
 */
export async function boundedBytes(c: Context<App>, limit: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new EditError(
      'image_too_large',
      `the body has more than ${limit} bytes; the limits are ${MAX_JSON_BYTES} for JSON, ${MAX_MULTIPART_BYTES} for multipart, and ${MAX_IMAGE_BYTES} for a photo uploaded with POST /v1/uploads`,
    )
  if (Number(c.req.header('content-length') ?? 0) > limit) throw tooLarge()
  const body = c.req.raw.body
  if (body === null) return new Uint8Array(0)
  const seconds = c.get('settings').BODY_IDLE_SECONDS
  const watch = <T>(read: Promise<T>) => inTime(read, seconds)
  return readBounded(body as ReadableStream<Uint8Array>, limit, { tooLarge, watch })
}

/** @throws EditError `invalid_request` after an idle time of so many seconds */
async function inTime<T>(read: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new EditError('invalid_request', `no data arrived in the request body for ${seconds} s`),
        ),
      1000 * seconds,
    )
  })
  try {
    return await Promise.race([read, stalled])
  } finally {
    clearTimeout(timer)
  }
}
