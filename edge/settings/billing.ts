/** Packs of credit, the trial, and Stripe. Amounts are micro-units. */

import { z } from 'zod'
import { origin } from './providers.ts'
import { json, list } from './text.ts'

const STRIPE = 'https://api.stripe.com'

const amount = z.number().int().min(1).max(1e12)
const Pack = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9-]{1,30}$/),
    /** What is paid. */
    amount,
    /** What the balance gets; more than is paid is a bonus. */
    credit: amount.optional(),
  })
  .transform(({ credit, ...pack }) => ({ ...pack, credit: credit ?? pack.amount }))

/** What a top-up costs, and what the balance gets for it. */
export type Pack = z.infer<typeof Pack>

export const billingSettings = {
  /** Billing is off without it. */
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^[sr]k_(live|test)_[A-Za-z0-9]{10,}$/, 'must be a secret or restricted key of Stripe')
    .optional(),
  /** Secrets of the webhook endpoint at Stripe; two while one replaces the other. */
  STRIPE_WEBHOOK_SECRETS: list.pipe(z.array(z.string().regex(/^whsec_\S{10,}$/)).max(5)),
  /** Another Stripe, for development. */
  STRIPE_URL: origin.default(STRIPE),
  TOPUP_PACKS: z.string().default('[]').transform(json).pipe(z.array(Pack).max(20)),
  /** What an account has to spend when it is opened through sign-up. */
  TRIAL_CREDIT: z.coerce.number().int().min(0).max(1e12).default(0),
  /** Accounts that are opened later on a day have no trial. */
  TRIALS_PER_DAY: z.coerce.number().int().min(0).max(1e6).default(100),
}

/** What accounts begin with that are opened through sign-up, and how many of them on a day (UTC). */
export type Trial = { readonly credit: number; readonly perDay: number }

type Unchecked = z.infer<z.ZodObject<typeof billingSettings>> & {
  readonly ENVIRONMENT: string
  readonly CURRENCY: string
}

/** Currencies without a smaller unit: https://docs.stripe.com/currencies#zero-decimal */
const ZERO_DECIMAL = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ')
/** Stripe wants amounts of these in thousandths, or rounded to whole units. */
const SPECIAL = 'BHD JOD KWD OMR TND ISK UGX'.split(' ')

/** Micro-units of the smallest amount of a currency that can be paid: a cent, a yen. */
export function minorUnitOf(currency: string): number {
  return ZERO_DECIMAL.includes(currency) ? 1_000_000 : 10_000
}

/** What is wrong with settings that are valid one by one. */
export function* billingFaults(settings: Unchecked): Generator<[name: string, message: string]> {
  const { STRIPE_SECRET_KEY: key, TOPUP_PACKS: packs, CURRENCY, STRIPE_URL } = settings
  const inProduction = settings.ENVIRONMENT === 'production'
  if (key === undefined) {
    if (settings.STRIPE_WEBHOOK_SECRETS.length > 0)
      yield ['STRIPE_SECRET_KEY', 'is required if STRIPE_WEBHOOK_SECRETS is set']
  } else {
    if (settings.STRIPE_WEBHOOK_SECRETS.length === 0)
      yield ['STRIPE_WEBHOOK_SECRETS', 'is required if STRIPE_SECRET_KEY is set']
    if (packs.length === 0) yield ['TOPUP_PACKS', 'is required if STRIPE_SECRET_KEY is set']
    if (key.includes('_live_') !== inProduction)
      yield ['STRIPE_SECRET_KEY', `must be a ${inProduction ? 'live' : 'test'} key here`]
    if (SPECIAL.includes(CURRENCY)) yield ['CURRENCY', `${CURRENCY} cannot be paid through Stripe`]
  }
  if (inProduction && STRIPE_URL !== STRIPE) yield ['STRIPE_URL', `must be ${STRIPE} in production`]
  const minor = minorUnitOf(CURRENCY)
  for (const [i, { id, amount, credit }] of packs.entries()) {
    const name = `TOPUP_PACKS.${i}`
    if (packs.findIndex((pack) => pack.id === id) < i) yield [name, `${id} is there twice`]
    if (amount % minor !== 0)
      yield [name, `its amount is no multiple of ${minor}, the smallest amount of ${CURRENCY}`]
    // So that each part that is refunded takes back a whole number of micro-units.
    else if (credit % (amount / minor) !== 0)
      yield [name, `its credit cannot be divided by the ${amount / minor} parts of its amount`]
  }
}

/** How accounts pay; null where billing is off. */
export type Billing = {
  readonly key: string
  readonly webhookSecrets: readonly string[]
  readonly url: string
  readonly packs: readonly Pack[]
  readonly currency: string
  /** Micro-units of the smallest amount that can be paid. */
  readonly minorUnit: number
}

export function billingOf(settings: Unchecked): Billing | null {
  const { STRIPE_SECRET_KEY: key, CURRENCY: currency } = settings
  if (key === undefined) return null
  return {
    key,
    webhookSecrets: settings.STRIPE_WEBHOOK_SECRETS,
    url: settings.STRIPE_URL,
    packs: settings.TOPUP_PACKS,
    currency,
    minorUnit: minorUnitOf(currency),
  }
}
