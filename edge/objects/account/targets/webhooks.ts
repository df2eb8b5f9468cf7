/** The RPC target of an account's webhook endpoints. */

import { RpcTarget } from 'cloudflare:workers'
import { EditError } from '../../../../shared/errors.ts'
import type { DeliveryTry } from '../../../outbound/webhooks.ts'
import type { Once, StoredResponse } from '../../../rpc/account/idempotency.ts'
import type {
  Delivery,
  Destination,
  EndpointRow,
  LogRow,
  NewEndpoint,
  SentMessage,
  WebhooksRpc,
} from '../../../rpc/account/webhooks.ts'
import { type Outcome, outcomeOf } from '../../../rpc/outcome.ts'
import type { AccountContext } from '../context.ts'
import { queueMessage } from './messages.ts'
import { createOnce } from './once.ts'

export class WebhooksTarget extends RpcTarget implements WebhooksRpc {
  readonly #account: AccountContext

  constructor(account: AccountContext) {
    super()
    this.#account = account
  }

  create(once: Once | null, response: string, endpoint: NewEndpoint): Outcome<StoredResponse> {
    return createOnce(this.#account, once, response, () => this.#account.endpoints.add(endpoint))
  }

  list(): EndpointRow[] {
    return this.#account.endpoints.list()
  }

  remove(id: string): Outcome<void> {
    return outcomeOf(() => this.#account.endpoints.remove(id))
  }

  rotate(id: string, sealed: string): Outcome<void> {
    return outcomeOf(() => this.#account.endpoints.rotate(id, sealed))
  }

  send(once: Once | null, id: string, message: string | null): Outcome<SentMessage> {
    const { idempotency, limits, settings, alarm } = this.#account
    const outcome = outcomeOf(() => {
      const known = once === null ? null : idempotency.find(once)
      if (known !== null) return { message: known, replayed: true }
      limits.countMessage(settings.WEBHOOK_TESTS_PER_MINUTE)
      const queued = this.#queue(id, message)
      if (once !== null) idempotency.store(once, queued)
      return { message: queued, replayed: false }
    })
    alarm.arm()
    return outcome
  }

  log(id: string): Outcome<LogRow[]> {
    return outcomeOf(() => this.#account.endpoints.logOf(id))
  }

  destination(id: string): Destination | null {
    return this.#account.endpoints.destination(id)
  }

  logDelivery(delivery: Delivery, attempt: DeliveryTry): void {
    this.#account.endpoints.log(delivery, attempt)
  }

  #queue(endpoint: string, message: string | null): string {
    const { endpoints, deliveries } = this.#account
    if (endpoints.destination(endpoint) === null)
      throw new EditError('not_found', `webhook endpoint ${endpoint} does not exist or is disabled`)
    if (message === null) {
      const test = { type: 'test', timestamp: new Date().toISOString(), data: {} } as const
      return queueMessage(this.#account, test, [endpoint])
    }
    const { type, body } = endpoints.logged(endpoint, message)
    deliveries.add({ id: message, endpoint, type, body })
    return message
  }
}
