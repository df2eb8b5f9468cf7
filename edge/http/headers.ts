/** Request headers that several routes declare, and their values. */

import { z } from 'zod'

const MAX_WAIT_SECONDS = 60
const KEY_LENGTH = 'Idempotency-Key has 1 to 255 characters'

export const IdempotencyHeaders = z.object({
  'idempotency-key': z.string().min(1, KEY_LENGTH).max(255, KEY_LENGTH).optional().meta({
    description:
      'Required with live keys. Send the same value with every retry; responses are stored for a day.',
  }),
})

/** For requests that may also be sent without the header, with any key. */
export const OptionalIdempotencyHeaders = z.object({
  'idempotency-key': IdempotencyHeaders.shape['idempotency-key'].meta({
    description: 'Optional. Send the same value with every retry; responses are stored for a day.',
  }),
})

export const PreferHeaders = z.object({
  prefer: z.string().optional().meta({
    description:
      '`wait=n`: hold the response until the edit is over, for at most n seconds (up to 60).',
  }),
})

/** Whether `If-None-Match` holds for the current ETag: a list of them, or `*`. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map(withoutStrength)
  return tags.includes('*') || tags.includes(withoutStrength(etag))
}

/** For If-None-Match, weak and strong tags are equal (RFC 9110, 13.1.2). */
function withoutStrength(etag: string): string {
  return etag.trim().replace(/^W\//, '')
}

/** Milliseconds of `Prefer: wait=n`, at most a minute; 0 where no wait is preferred. */
export function preferredWait(prefer: string | undefined): number {
  const match = /(?:^|[,;\s])wait(?:\s*=\s*"?(\d+)"?)?(?:$|[,;\s])/i.exec(prefer ?? '')
  if (match === null) return 0
  return 1000 * Math.min(MAX_WAIT_SECONDS, Number(match[1] ?? MAX_WAIT_SECONDS))
}
