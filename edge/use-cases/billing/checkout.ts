/** Topping up on a page of Stripe's. */

import { EditError } from '../../../shared/errors.ts'
import { asked } from '../../outbound/stripe/client.ts'
import {
  createCheckout,
  createCustomer,
  LEAST_CHECKOUT_MS,
  paymentFor,
} from '../../outbound/stripe/requests.ts'
import type { PaymentRow } from '../../rpc/account/payments.ts'
import { unwrap } from '../../rpc/outcome.ts'
import { type Payer, type PayServices, packOf } from './paying.ts'

/** What a caller chooses: never what it costs. */
export type CheckoutOrder = { readonly pack: string; readonly saveCard: boolean }

/**
 * Begins a payment: the account knows it before Stripe does. An equal request gets the same page.
 *
 * @throws EditError `invalid_option`, `rate_limited`, `billing_unavailable`; `conflict` where Stripe was away
 *   for so long that the payment has all but expired
 */
export async function startCheckout(
  payer: Payer,
  order: CheckoutOrder,
  { billing, stripe, back }: PayServices,
): Promise<{ readonly payment: PaymentRow; readonly replayed: boolean }> {
  const { account } = payer
  const wanted = paymentFor(packOf(billing, order.pack), billing)
  const once = await payer.once(order)
  const { response: id, replayed } = unwrap(await account.payments().begin(once, wanted.id, wanted))
  const begun = await known(payer, id)
  if (begun.url !== null || begun.state !== 'open') return { payment: begun, replayed }

  if (begun.expiresAt - Date.now() < LEAST_CHECKOUT_MS)
    throw new EditError(
      'conflict',
      `payment ${id} got no page of Stripe's in time; begin another with a new Idempotency-Key`,
    )
  const name = { ...payer.name, payment: id }
  const customer = await customerOf(payer, name, stripe)
  const { amount, currency, pack, expiresAt } = begun
  const { session, url } = await asked(
    createCheckout(
      stripe,
      { name, amount, currency, customer, pack },
      { save: order.saveCard, expiresAt, back: (outcome) => back(id, outcome) },
    ),
  )
  await account.payments().opened(id, session, url)
  return { payment: { ...begun, session, url }, replayed }
}

/** The account's customer at Stripe; where two requests create one, the first is used. */
async function customerOf(
  { account, email }: Payer,
  name: Parameters<typeof createCustomer>[1],
  stripe: PayServices['stripe'],
): Promise<string> {
  const customer = await account.payments().customer()
  if (customer !== null) return customer
  const created = await asked(createCustomer(stripe, name, email))
  return (await account.payments().customer(created)) ?? created
}

async function known({ account }: Payer, id: string): Promise<PaymentRow> {
  const payment = await account.payments().get(id)
  if (payment === null) throw new Error(`payment ${id} is gone`)
  return payment
}
