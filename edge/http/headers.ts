/** Headers that several routes have: of requests, and of the response to what was accepted. */

import type { Context } from 'hono'
import { z } from 'zod'
import { EditError } from '../../shared/errors.ts'
import type { CreateLimit } from '../rpc/account/keys.ts'
import type { App } from './context.ts'

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

/** An empty header counts as absent. */
const CANCEL_AFTER = /^(?:0*([1-9]\d{0,5})([smh]?))?$/

export const AcceptHeaders = IdempotencyHeaders.extend({
  ...PreferHeaders.shape,
  'cancel-after': z.string().optional().meta({
    pattern: CANCEL_AFTER.source,
    description: '`90s`, `5m`, `1h`: cancels the edit automatically if it is not over by then.',
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

const UNITS = { s: 1000, m: 60_000, h: 3600_000 } as const

/** Milliseconds of `Cancel-After: 90s`, `5m`, `1h`; plain numbers are seconds. */
export function cancelAfterMs(header: string | undefined): number | null {
  const match = CANCEL_AFTER.exec((header ?? '').trim())
  if (match === null)
    throw new EditError(
      'invalid_request',
      `Cancel-After is ${JSON.stringify(header)}; it must look like 90s, 5m or 1h`,
    )
  const [, number, unit] = match
  return number === undefined ? null : Number(number) * UNITS[(unit || 's') as keyof typeof UNITS]
}

/** The client's IPv4 address, or the half of its IPv6 address that one subscriber has. */
export function networkOf(c: Context<App>): string {
  const address = c.req.header('cf-connecting-ip') ?? 'unknown'
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter((g) => g !== ''))
  const zeros = tail === undefined ? 0 : 8 - (first?.length ?? 0) - (last?.length ?? 0)
  const groups = [...(first ?? []), ...Array(Math.max(0, zeros)).fill('0'), ...(last ?? [])]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** What was accepted, and what is left. */
type Outcome =
  | { readonly outcome: 'replayed' }
  | {
      readonly outcome: 'accepted'
      readonly price: number
      readonly balance: number
      readonly rate: CreateLimit | null
    }

/** What it cost and what is left; for a replayed request, that it is one. */
export function setAccepted(c: Context<App>, outcome: Outcome): void {
  if (outcome.outcome === 'replayed') {
    c.header('idempotency-replayed', 'true')
    return
  }
  const { price, balance, rate } = outcome
  c.header('edit-cost', String(price))
  c.header('account-balance', String(balance))
  if (rate === null) return
  c.header('ratelimit-policy', `"creates";q=${rate.limit};w=60`)
  c.header('ratelimit', `"creates";r=${rate.remaining};t=${rate.reset}`)
}
