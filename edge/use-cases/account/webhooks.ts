/** Webhook endpoints of an account: adding one and changing its secret. */

import { EditError } from '../../../shared/errors.ts'
import { type AddressRules, checkAddress } from '../../outbound/address.ts'
import { alertEvents, alertUrl } from '../../outbound/alert.ts'
import type { WebhookEvent } from '../../outbound/webhook-message.ts'
import { newWebhookSecret } from '../../outbound/webhooks.ts'
import type { SentMessage } from '../../rpc/account/webhooks.ts'
import { unwrap } from '../../rpc/outcome.ts'
import { randomHex, seal } from '../../secrets.ts'
import { type Creation, createOnce, onceOf } from '../idempotency.ts'
import type { Account } from '../tenant.ts'

/** Adds an endpoint. @throws EditError `invalid_option` for an address that may not be called */
export async function addWebhook(
  creation: Creation,
  order: { readonly url: string; readonly events: WebhookEvent[] },
  rules: AddressRules,
) {
  checkUrl(order.url, rules)
  return add(creation, order)
}

/** Mails the account's alerts to its owner. @param address of the owner, who has signed in with it */
export function addAlert(creation: Creation, address: string) {
  return add(creation, { url: alertUrl(address), events: [...alertEvents] })
}

async function add(
  creation: Creation,
  order: { readonly url: string; readonly events: WebhookEvent[] },
) {
  const id = `wh_${randomHex(12)}`
  const secret = newWebhookSecret()
  const sealed = await seal(creation.sealingSecret, secret)
  const endpoint = { id, sealed, ...order }
  return createOnce(
    creation,
    order,
    async (once, response) => creation.account.webhooks().create(once, response, endpoint),
    { id, secret, ...order },
  )
}

/** Gives an endpoint a new secret. @throws EditError `not_found` */
export async function rotateWebhook(
  account: Account,
  id: string,
  sealingSecret: string,
): Promise<{ readonly id: string; readonly secret: string }> {
  const secret = newWebhookSecret()
  unwrap(await account.webhooks().rotate(id, await seal(sealingSecret, secret)))
  return { id, secret }
}

/**
 * Sends a test event, or a logged message once more (`message`). With an Idempotency-Key, a request that
 * is repeated sends nothing more.
 *
 * @throws EditError `not_found`, `rate_limited`
 */
export async function sendMessage(
  { caller, account, request }: Creation,
  endpoint: string,
  message: string | null,
): Promise<SentMessage> {
  const once = request.key === null ? null : await onceOf(caller, request, [endpoint, message])
  return unwrap(await account.webhooks().send(once, endpoint, message))
}

/** The rules of image URLs apply, with another code. @throws EditError `invalid_option` */
function checkUrl(url: string, rules: AddressRules): void {
  try {
    checkAddress(url, rules)
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    throw new EditError('invalid_option', error.message.replace('image URL', 'webhook URL'), {
      pointer: '/url',
    })
  }
}
