/**
 * How an account of a universe pays: Stripe is its double, each call to it may get lost, and its events
 * come when somebody delivers them.
 */

import { stripeOf } from '../../../../../edge/outbound/stripe/client.ts'
import type { PaymentFacts } from '../../../../../edge/outbound/stripe/facts.ts'
import type { AccountRpc } from '../../../../../edge/rpc/account/account.ts'
import type { PaymentRow } from '../../../../../edge/rpc/account/payments.ts'
import type { Billing } from '../../../../../edge/settings/billing.ts'
import { readSettings, settingsOf } from '../../../../../edge/settings/settings.ts'
import { startCheckout } from '../../../../../edge/use-cases/billing/checkout.ts'
import { type EventServices, takeEvent } from '../../../../../edge/use-cases/billing/events.ts'
import type { Payer, PayServices } from '../../../../../edge/use-cases/billing/paying.ts'
import { StripeDouble } from '../../../../fixtures/servers/stripe/double.ts'
import type { CardNumber, StripeEvent } from '../../../../fixtures/servers/stripe/objects.ts'
import { ACCOUNT, PRICE } from '../../creation.ts'
import { Crash } from '../../platform/durable-objects.ts'
import type { Universe } from '../../universe.ts'

const KEY = 'sk_test_double0000000'
/** 10,000 micro-units a cent: the least that Stripe takes. A bonus makes the parts of it differ. */
const PACKS = [
  { id: 'small', amount: 500_000 },
  { id: 'large', amount: 1_000_000, credit: 1_200_000 },
]
export const CREDIT = { small: 500_000, large: 1_200_000 } as const
export const CENTS = { small: 50, large: 100 } as const
export type PackName = keyof typeof CREDIT

/** How Stripe answers: not at all, or after it has done what nobody hears of. */
export type StripeMood = 'works' | 'away' | 'deaf' | 'broken'

export class Till {
  readonly double: StripeDouble
  readonly billing: Billing
  mood: StripeMood = 'works'
  /** Mails that the provider took. */
  readonly mails: Readonly<Record<string, unknown>>[] = []
  mailer: 'works' | 'away' = 'works'
  readonly #universe: Universe
  readonly #account: AccountRpc
  /** Loses the answer of the n-th call from now. */
  loseIn: number | null = null

  constructor(universe: Universe) {
    this.#universe = universe
    this.#account = universe.object('account', ACCOUNT)
    this.double = new StripeDouble({
      now: () => universe.now,
      key: KEY,
      origin: 'https://checkout.example',
    })
    const { billing } = readSettings({
      ...universe.env,
      STRIPE_SECRET_KEY: KEY,
      STRIPE_WEBHOOK_SECRETS: 'whsec_secret-secret',
      TOPUP_PACKS: JSON.stringify(PACKS),
    })
    if (billing === null) throw new Error('billing is off')
    this.billing = billing
    Object.assign(settingsOf(universe.env), { billing })
    Object.assign(settingsOf(universe.env), {
      ...{ MAIL: 'resend', MAIL_FROM: 'us@example.org', MAIL_API_KEY: 're_12345678' },
    })
    const others = globalThis.fetch
    globalThis.fetch = ((input: string, init: RequestInit) =>
      String(input).startsWith('https://api.stripe.com/')
        ? this.#answer(new URL(input), init)
        : String(input) === 'https://api.resend.com/emails'
          ? this.#mail(init)
          : others(input, init)) as typeof fetch
  }

  /** Begins a payment, as over HTTP. */
  async checkout(
    pack: PackName,
    { key = null, saveCard = false }: { key?: string | null; saveCard?: boolean } = {},
  ): Promise<PaymentRow> {
    const payer: Payer = {
      account: this.#universe.object<Payer['account']>('account', ACCOUNT),
      name: { region: 'auto', account: ACCOUNT },
      email: null,
      once: async () =>
        key === null
          ? null
          : { scope: 'pay', key, holder: key, fingerprint: `${pack} ${saveCard}` },
    }
    return (await startCheckout(payer, { pack, saveCard }, this.services)).payment
  }

  /** A payment that is paid, and of which the account has heard. */
  async topUp(pack: PackName, number: CardNumber = '4242424242424242'): Promise<string> {
    const { id } = await this.checkout(pack, { saveCard: true })
    this.pay(id, number)
    await this.deliver()
    return this.intentOf(id)
  }

  /** Somebody pays on the page of a payment. */
  pay(payment: string, number: CardNumber = '4242424242424242'): void {
    for (const session of this.double.sessions.values())
      if (session.client_reference_id === payment) this.double.pay(session.id, number)
  }

  intentOf(payment: string): string {
    for (const intent of this.double.intents.values())
      if (intent.metadata.payment === payment) return intent.id
    throw new Error(`${payment} has not been paid`)
  }

  /** Stripe tells the edge what happened, once each. */
  async deliver(): Promise<void> {
    for (const event of this.double.events)
      if (this.double.undelivered.delete(event.id)) await this.take(event)
  }

  /** The edge takes an event, as over HTTP after its signature was checked. */
  take(event: StripeEvent, services: Partial<EventServices> = {}): Promise<string> {
    return takeEvent(event as never, {
      ...this.services,
      accountIn: (_, id) => this.#universe.object('account', id),
      ...services,
    })
  }

  /** What Stripe would tell of a payment that was paid, changed. */
  facts(payment: PaymentRow, change: Partial<PaymentFacts> = {}): PaymentFacts {
    const [customer = ''] = this.double.customers.keys()
    return {
      ...{ payment: payment.id, intent: 'pi_1', customer, status: 'succeeded', receipt: null },
      ...{ received: payment.amount, currency: 'usd', method: null, refunds: [], disputes: [] },
      ...change,
    }
  }

  async balance(): Promise<number> {
    return (await this.#account.describe())?.balance ?? 0
  }

  /** Auto-recharge with a card that may be declined later. */
  async recharging(
    number: CardNumber = '4242424242424242',
    monthlyLimit: number | null = null,
  ): Promise<void> {
    await this.topUp('small', number)
    await this.#account.payments().setAutoRecharge({
      ...{ threshold: CREDIT.small - PRICE, pack: 'small', monthlyLimit },
      email: 'owner@example.org',
    })
  }

  get services(): PayServices {
    return {
      billing: this.billing,
      stripe: stripeOf(this.billing),
      back: (payment, outcome) => `https://api.example/console/?payment=${payment}&${outcome}`,
    }
  }

  async #mail({ body }: RequestInit): Promise<Response> {
    await null
    if (this.mailer === 'away') throw new TypeError('connection refused')
    this.mails.push(JSON.parse(String(body)))
    return { ok: true, json: async () => ({ id: 'mail' }) } as unknown as Response
  }

  async #answer(url: URL, { method = 'GET', headers, body }: RequestInit): Promise<Response> {
    await null
    const lost = this.loseIn !== null && this.loseIn-- === 0
    if (this.mood === 'away') throw new TypeError('connection refused')
    if (this.mood === 'broken') return response(500, { error: { type: 'api_error' } })
    const named = new Headers(headers)
    const form = method === 'GET' ? url.search.slice(1) : String(body)
    const answer = this.double.handle(method, url.pathname, form, {
      authorization: named.get('authorization'),
      idempotencyKey: named.get('idempotency-key'),
    })
    if (this.mood === 'deaf') throw new TypeError('connection reset')
    if (lost) throw new Crash('the answer of Stripe was lost')
    return response(answer.status, answer.body)
  }
}

/** What Stripe's client reads of a response: the platform's own takes turns of the event loop. */
function response(status: number, body: unknown): Response {
  const text = async () => JSON.stringify(body)
  return { status, headers: [], text, body: null } as unknown as Response
}
