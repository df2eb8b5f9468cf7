/** Sends the messages of a queue that are due, and logs each attempt. */

import { outboundRules } from '../outbound/address.ts'
import { alertAddress, sendAlert } from '../outbound/alert.ts'
import { type DeliveryTry, sendWebhook } from '../outbound/webhooks.ts'
import type { Delivery, Destination } from '../rpc/account/webhooks.ts'
import { unseal } from '../secrets.ts'
import type { Settings } from '../settings/settings.ts'
import type { Deliveries } from './deliveries.ts'

/** The account behind a queue: where to send, and the log. */
export type Recipient = {
  destination(endpoint: string): Destination | null | Promise<Destination | null>
  logDelivery(delivery: Delivery, attempt: DeliveryTry): void | Promise<void>
}

/** Sends everything that is due, side by side. */
export async function deliverDue(
  queue: Deliveries,
  recipient: Recipient,
  settings: Settings,
): Promise<void> {
  await Promise.all(queue.due().map((delivery) => deliver(queue, delivery, recipient, settings)))
}

async function deliver(
  queue: Deliveries,
  delivery: Delivery,
  recipient: Recipient,
  settings: Settings,
): Promise<void> {
  if (!queue.begin(delivery)) return
  const destination = await recipient.destination(delivery.endpoint)
  if (destination === null) return queue.end(delivery, { ok: false, stop: true, retryAfter: null })
  const attempt = await send(delivery, destination, settings)
  queue.end(delivery, attempt)
  await recipient.logDelivery({ ...delivery, attempt: delivery.attempt + 1 }, attempt)
}

async function send(
  delivery: Delivery,
  { url, sealed }: Destination,
  settings: Settings,
): Promise<DeliveryTry> {
  const address = alertAddress(url)
  if (address !== null) return sendAlert(settings, address, delivery.body)
  const secrets = await Promise.all(sealed.map((one) => unseal(settings.SEALING_SECRET, one)))
  return sendWebhook(url, delivery, secrets, outboundRules(settings))
}
