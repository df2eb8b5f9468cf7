/** Verifies webhook messages (Standard Webhooks 1.0.0). Needs only Web Crypto. */

import type { components } from './contract.ts'

export type WebhookMessage = components['schemas']['WebhookMessage']

/** Messages that are older or newer than this are rejected, against replays. */
const TOLERANCE_SECONDS = 300

/**
 * Verifies and parses a message.
 *
 * @param secrets the webhook's secret, or several during a rotation
 * @param headers of the request: `webhook-id`, `webhook-timestamp`, `webhook-signature`, in any case, as
 * Node's `request.headers` or a gateway's lists
 * @param body the raw body of the request, not parsed and serialized again
 * @throws Error if no secret matches the signature, or the timestamp is missing or too far off
 */
export async function verifyWebhook(
  secrets: string | readonly string[],
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string,
): Promise<WebhookMessage> {
  const all = headers instanceof Headers ? [...headers] : Object.entries(headers)
  // Some hosts hand them over as they were sent: Webhook-Id.
  const header = (name: string) =>
    String(all.find(([key]) => key.toLowerCase() === name)?.[1] ?? '')
  const id = header('webhook-id')
  const timestamp = header('webhook-timestamp')
  const age = Math.abs(Date.now() / 1000 - Number(timestamp))
  if (id === '' || !(age <= TOLERANCE_SECONDS))
    throw new Error(
      `the webhook message has no id, or its timestamp is more than ${TOLERANCE_SECONDS} s off`,
    )
  const text = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
  const given = header('webhook-signature').split(' ')
  for (const secret of [secrets].flat()) {
    const key = await importSecret(secret)
    for (const signature of given)
      if (
        signature.startsWith('v1,') &&
        (await crypto.subtle.verify('HMAC', key, fromBase64(signature.slice(3)), text))
      )
        return JSON.parse(body) as WebhookMessage
  }
  throw new Error('the webhook message is not signed with any of the secrets')
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
