/**
 * An account's alerts by mail: a webhook endpoint whose URL is `mailto:` and its owner's address, with
 * the same queue, retries and log. Only the console adds one, of the owner who is signed in.
 */

import type { Settings } from '../settings/settings.ts'
import { type Mail, sendMail } from './mail.ts'
import type { WebhookEvent, WebhookMessage } from './webhook-message.ts'
import type { DeliveryTry } from './webhooks.ts'

const SCHEME = 'mailto:'

/** What an owner is mailed; everything else would be too much. */
export const alertEvents: readonly WebhookEvent[] = ['balance.low', 'test']

export function alertUrl(address: string): string {
  return `${SCHEME}${address}`
}

/** The address of an alert's endpoint; null for a webhook's. */
export function alertAddress(url: string): string | null {
  return url.startsWith(SCHEME) ? url.slice(SCHEME.length) : null
}

/** Mails a message once. @param body a webhook message */
export async function sendAlert(
  settings: Settings,
  to: string,
  body: string,
): Promise<DeliveryTry> {
  const start = Date.now()
  const attempt = (ok: boolean, detail: string): DeliveryTry => ({
    ok,
    stop: false,
    retryAfter: null,
    status: ok ? 200 : 0,
    detail,
    milliseconds: Date.now() - start,
  })
  try {
    await sendMail(settings, mailOf(JSON.parse(body), to, settings))
    return attempt(true, 'mailed')
  } catch (error) {
    return attempt(false, error instanceof Error ? error.message : String(error))
  }
}

function mailOf(message: WebhookMessage, to: string, { PUBLIC_ORIGIN, CURRENCY }: Settings): Mail {
  const page = (name: string) => `${PUBLIC_ORIGIN}/console/#/${name}`
  const money = (micro: number) => `${(micro / 1e6).toFixed(2)} ${CURRENCY}`
  if (message.type !== 'balance.low')
    return {
      to,
      subject: 'ContextDrag: a test',
      text: `This is how you will be told when your balance is low.\n\n${page('settings')}\n`,
    }
  const { balance, limit } = message.data
  return {
    to,
    subject: `ContextDrag: ${money(balance)} left`,
    text: `Your balance is ${money(balance)}, below your alert at ${money(limit)}. At 0, new edits are rejected.

Top up: ${page('billing')}
Change the alert: ${page('settings')}
`,
  }
}
