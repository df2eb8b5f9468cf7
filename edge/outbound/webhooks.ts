/**
 * Sends one webhook message, signed as Standard Webhooks specifies, to a public address. Knows no
 * queue.
 */

import { secondsToWait } from '../retry-after.ts'
import { base64url, fromBase64url } from '../secrets.ts'
import { checkHost, type OutboundRules } from './address.ts'

const TIMEOUT_MS = 15_000

/** A secret as its owner sees it: 32 random bytes. */
export function newWebhookSecret(): string {
  const text = base64url(crypto.getRandomValues(new Uint8Array(32)))
  return `whsec_${text.replaceAll('-', '+').replaceAll('_', '/')}=`
}

/** The headers of a message. `secrets` holds two while one replaces the other. */
export async function signWebhook(
  id: string,
  timestamp: number,
  body: string,
  secrets: readonly string[],
): Promise<Record<string, string>> {
  const signatures = await Promise.all(
    secrets.map(async (secret) => {
      const bytes = fromBase64url(secret.replace(/^whsec_/, ''))
      const algorithm = { name: 'HMAC', hash: 'SHA-256' }
      const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
      const text = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
      const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, text))
      return `v1,${btoa(String.fromCharCode(...signature))}`
    }),
  )
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  }
}

/** How one attempt went. */
export type DeliveryResult = {
  readonly ok: boolean
  /** The receiver is gone for good (410), or the endpoint was removed. */
  readonly stop: boolean
  /** Seconds of its Retry-After, where it sent one. */
  readonly retryAfter: number | null
}

/** An attempt for the log. */
export type DeliveryTry = DeliveryResult & {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number
  readonly detail: string
  readonly milliseconds: number
}

/** Posts a message once. Redirects count as failures; the answer's body is not read. */
export async function sendWebhook(
  url: string,
  message: { readonly id: string; readonly body: string },
  secrets: readonly string[],
  rules: OutboundRules,
): Promise<DeliveryTry> {
  const start = Date.now()
  const failed = (
    status: number,
    detail: string,
    retryAfter: number | null = null,
  ): DeliveryTry => ({
    ok: false,
    stop: status === 410,
    retryAfter,
    status,
    detail,
    milliseconds: Date.now() - start,
  })
  try {
    const address = await checkHost(url, rules)
    const signed = await signWebhook(
      message.id,
      Math.floor(Date.now() / 1000),
      message.body,
      secrets,
    )
    const response = await rules.fetch(address.href, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        ...signed,
        'content-type': 'application/json',
        'user-agent': 'contextdrag-webhooks',
      },
      body: message.body,
    })
    await response.body?.cancel()
    if (!response.ok) {
      return failed(response.status, `answered ${response.status}`, secondsToWait(response) || null)
    }
    return { ...failed(response.status, 'delivered'), ok: true }
  } catch (error) {
    return failed(0, error instanceof Error ? error.message : String(error))
  }
}
