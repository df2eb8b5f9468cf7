/** The bytes of request bodies: bounded in number, in how long they may stall, and all together. */

import type { Context } from 'hono'
import { EditError } from '../../../shared/errors.ts'
import { MAX_IMAGE_BYTES } from '../../../shared/files/image-header.ts'
import type { Share } from '../../memory/budget.ts'
import { type BodyOwner, budgetsOf, takeForBody } from '../../memory/budgets.ts'
import { type Fault, HeldBytes, readHeld } from '../../memory/held-bytes.ts'
import type { Caller } from '../../use-cases/tenant.ts'
import type { App } from '../context.ts'

export const MAX_JSON_BYTES = 6_000_000
export const MAX_MULTIPART_BYTES = 10_000_000
/** What a body may have beside its files, as text. */
export const MAX_FIELD_BYTES = 500_000

/** While other requests wait for memory, a body has to come as fast as this, on average. */
const MIN_BYTES_PER_SECOND = 100_000
/** Only after this time: a connection may begin slowly. */
const SLOW_AFTER_MS = 5000
/** How often a body is looked after. */
const LOOK_MS = 1000

/**
 * The body's bytes, to be released. It waits for its share of the memory first, and stops reading
 * as soon as there are too many bytes, whatever Content-Length says.
 *
 * @param owner whose share of the memory it takes
 * @throws EditError `image_too_large`, `invalid_request` for a body that stalls, `overloaded`
 * where there is no memory for it in time
 */
export async function holdBody(
  c: Context<App>,
  limit: number,
  owner: BodyOwner = ownerOf(c),
): Promise<HeldBytes> {
  const tooLarge = () =>
    new EditError(
      'image_too_large',
      `the body has more than ${limit} bytes; the limits are ${MAX_JSON_BYTES} for JSON, ${MAX_MULTIPART_BYTES} for multipart, and ${MAX_IMAGE_BYTES} for a photo uploaded with POST /v1/uploads`,
    )
  const length = lengthOf(c)
  if (length !== null && length > limit) throw tooLarge()
  const body: ReadableStream<Uint8Array> | null = c.req.raw.body
  if (body === null || length === 0) return new HeldBytes(new Uint8Array(0), null)
  const settings = c.get('settings')
  const share = await takeForBody(budgetsOf(settings), owner, length ?? limit)
  const { BODY_IDLE_SECONDS } = settings
  const check = {
    ms: Math.min(LOOK_MS, 1000 * BODY_IDLE_SECONDS),
    fault: faultOf(share, BODY_IDLE_SECONDS),
  }
  const broken = () => new EditError('invalid_request', 'the request body was cut off')
  return readHeld(body, share, { length, limit, tooLarge, check, broken })
}

/** The error for fields that are too long as text. */
export function fieldsTooLarge(): EditError {
  return new EditError(
    'image_too_large',
    `all fields except image and masks have more than ${MAX_FIELD_BYTES} bytes together; send image and masks as files, or as data URLs such as data:image/jpeg;base64,...`,
  )
}

/** Null if it is not known. */
function lengthOf(c: Context<App>): number | null {
  const length = Number.parseInt(c.req.header('content-length') ?? '', 10)
  return Number.isNaN(length) ? null : length
}

/** Whose share it is: callers without an account are the operator and the workers, who have shown a credential. */
function ownerOf(c: Context<App>): BodyOwner {
  const caller: Caller | undefined = c.get('caller')
  return { account: caller === undefined ? '' : caller.credential.account }
}

/** What is wrong with a body that stalls, or that is slow while others wait for its memory. */
function faultOf(share: Share, idleSeconds: number): Fault {
  const startedAt = Date.now()
  return (arrived, idleMs) => {
    if (idleMs >= 1000 * idleSeconds)
      return new EditError(
        'invalid_request',
        `no data arrived in the request body for ${idleSeconds} s`,
      )
    const ms = Date.now() - startedAt
    if (!share.contended || ms <= SLOW_AFTER_MS || 1000 * arrived >= ms * MIN_BYTES_PER_SECOND)
      return null
    return new EditError(
      'invalid_request',
      `the body arrived at less than ${MIN_BYTES_PER_SECOND} bytes per second while other requests waited; upload the photo with POST /v1/uploads`,
    )
  }
}
