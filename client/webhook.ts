/** Verifying our webhooks (Standard Webhooks 1.0.0), with nothing but Web Crypto. */

import type { components } from './contract.ts'

export type WebhookMessage = components['schemas']['WebhookMessage']

/** Messages that are older or newer than this are refused: somebody may be replaying them. */
const TOLERANCE_SECONDS = 300

/**
 * The message, if one of `secrets` signed it.
 *
 * @param headers of the request: `webhook-id`, `webhook-timestamp`, `webhook-signature`
 * @param body the request's body as it came, not parsed and written again
 * @throws Error if it is not from us, or not from now
 */
export async function verifyWebhook(
  secrets: string | readonly string[],
  headers: Headers | Readonly<Record<string, string | undefined>>,
  body: string,
): Promise<WebhookMessage> {
  const header = (name: string) =>
    (headers instanceof Headers ? headers.get(name) : headers[name]) ?? ''
  const id = header('webhook-id')
  const timestamp = header('webhook-timestamp')
  const age = Math.abs(Date.now() / 1000 - Number(timestamp))
  if (id === '' || !(age <= TOLERANCE_SECONDS)) throw new Error('the webhook is not from now')
  const text = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
  const given = header('webhook-signature')
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => part.slice('v1,'.length))
  for (const secret of [secrets].flat()) {
    const key = await importSecret(secret)
    for (const signature of given)
      if (await crypto.subtle.verify('HMAC', key, fromBase64(signature), text))
        return JSON.parse(body) as WebhookMessage
  }
  throw new Error('the webhook is not signed with this secret')
}

function importSecret(secret: string) {
  const bytes = fromBase64(secret.replace(/^whsec_/, ''))
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return new Uint8Array(0)
  }
}
