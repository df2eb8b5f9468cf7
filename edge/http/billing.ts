/** What billing needs of settings and requests. */

import type { Context } from 'hono'
import { EditError } from '../../shared/errors.ts'
import { accountObject } from '../objects/names.ts'
import { stripeOf } from '../outbound/stripe/client.ts'
import type { Billing } from '../settings/billing.ts'
import type { EventServices } from '../use-cases/billing/events.ts'
import type { Payer, PayServices } from '../use-cases/billing/paying.ts'
import { onceOf } from '../use-cases/idempotency.ts'
import type { App } from './context.ts'
import { repeatable } from './idempotency.ts'
import { accountOf } from './tenant.ts'

/** @throws EditError `conflict` where billing is off */
export function billingOf(c: Context<App>): Billing {
  const { billing } = c.get('settings')
  if (billing === null)
    throw new EditError('conflict', 'billing is off here: the operator has set no key of Stripe’s')
  return billing
}

export function payServices(c: Context<App>): PayServices {
  const billing = billingOf(c)
  const origin = c.get('settings').PUBLIC_ORIGIN
  return {
    billing,
    stripe: stripeOf(billing),
    // Never of the request: nobody is led elsewhere from Stripe's page.
    back: (payment, outcome) => `${origin}/console?payment=${payment}&outcome=${outcome}`,
  }
}

export function eventServices(c: Context<App>): EventServices {
  const billing = billingOf(c)
  return {
    billing,
    stripe: stripeOf(billing),
    accountIn: (region, id) => accountObject(c.env, region, id),
  }
}

/** The account of the key that calls. */
export function payingKey(c: Context<App>): Payer {
  const caller = c.get('caller')
  const { region, account } = caller.credential
  return {
    account: accountOf(c),
    name: { region, account },
    email: null,
    once: (fields) => onceOf(caller, repeatable(c, c.req.header('idempotency-key')), fields),
  }
}
