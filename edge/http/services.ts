/** What use cases need of settings and bindings, and nothing more of either. */

import type { Context } from 'hono'
import { EditError } from '../../shared/errors.ts'
import type { ModelName } from '../../shared/models.ts'
import { budgetsOf } from '../memory/budgets.ts'
import { accountObject } from '../objects/names.ts'
import { outboundRules } from '../outbound/address.ts'
import { fetchImage } from '../outbound/fetch-image.ts'
import { moderateInput } from '../outbound/moderation.ts'
import { stripeOf } from '../outbound/stripe/client.ts'
import type { Billing } from '../settings/billing.ts'
import { type ProviderConfig, providersFor } from '../settings/providers.ts'
import { DAY_MS, RESULT_URL_MS } from '../settings/retention.ts'
import { blobUrls } from '../storage/blob-urls.ts'
import type { EventServices } from '../use-cases/billing/events.ts'
import type { PayServices } from '../use-cases/billing/paying.ts'
import type { AcceptServices } from '../use-cases/edits/accept-edit.ts'
import { Newcomers } from '../use-cases/edits/admission/newcomers.ts'
import { Standings } from '../use-cases/edits/admission/standings.ts'
import type { AnswerServices } from '../use-cases/edits/edit-answer.ts'
import type { Pricing } from '../use-cases/edits/price.ts'
import type { App } from './context.ts'
import { Queues } from './queues.ts'

/** The operator's prices. */
export function pricingOf(c: Context<App>): Pricing {
  const { priceList, priceVersion, TEST_PASSES } = c.get('settings')
  return { list: priceList, version: priceVersion, testPasses: TEST_PASSES }
}

/** The providers that may work for the caller. */
export function providersOf(c: Context<App>): readonly ProviderConfig[] {
  return providersFor(c.get('settings').PROVIDERS, c.get('caller').credential.region)
}

/** Models that some provider serves. */
export function servedModels(c: Context<App>): ModelName[] {
  return providersOf(c).flatMap(({ models }) => models)
}

/** What an edit's answer needs. */
export function answerServices(c: Context<App>, urlMs = RESULT_URL_MS): AnswerServices {
  const settings = c.get('settings')
  return {
    origin: settings.PUBLIC_ORIGIN,
    currency: settings.CURRENCY,
    blobs: blobUrls(settings),
    urlMs,
    keptMs: settings.RETENTION_DAYS * DAY_MS,
    clock: Date.now,
  }
}

/** Of this isolate. */
const newcomers = new Newcomers()
/** Of this isolate. */
const standings = new Standings()
/** Of this isolate. */
const queues = new Queues(Date.now)

/** The queues in which an edit of a model may wait. */
function queuesFor(c: Context<App>, model: ModelName) {
  const serving = providersOf(c).filter(({ models }) => models.includes(model))
  const { region } = c.get('caller').credential
  return Promise.all(serving.map((provider) => queues.of(c.env, provider, region)))
}

/** What accepting an edit needs. */
export function acceptServices(c: Context<App>): AcceptServices {
  const settings = c.get('settings')
  const rules = outboundRules(settings)
  return {
    bucket: c.env.BUCKET,
    fetchImage: (url, take) => fetchImage(url, rules, take),
    budgets: budgetsOf(settings),
    pricing: pricingOf(c),
    served: servedModels(c),
    refined: providersOf(c).flatMap((config) =>
      'masks' in config && config.masks ? config.models : [],
    ),
    retentionDays: settings.RETENTION_DAYS,
    attemptSeconds: settings.DISPATCH_SECONDS + settings.RUN_SECONDS,
    admitting: {
      queues: (model) => queuesFor(c, model),
      newcomers,
      dispatchSeconds: settings.DISPATCH_SECONDS,
      maxQueue: { live: settings.MAX_QUEUE, test: settings.MAX_TEST_QUEUE },
    },
    standings,
    moderate:
      settings.MODERATION_URL === undefined ? null : (input) => moderateInput(settings, input),
    clock: Date.now,
  }
}

/** @throws EditError `conflict` where billing is off */
export function billingOf(c: Context<App>): Billing {
  const { billing } = c.get('settings')
  if (billing === null)
    throw new EditError('conflict', 'billing is off here: the operator has set no key of Stripe’s')
  return billing
}

/** What a top-up needs. */
export function payServices(c: Context<App>): PayServices {
  const billing = billingOf(c)
  const origin = c.get('settings').PUBLIC_ORIGIN
  return {
    billing,
    stripe: stripeOf(billing),
    // Never of the request: nobody is led elsewhere from Stripe's page.
    back: (payment, outcome) => `${origin}/console/?payment=${payment}&outcome=${outcome}`,
  }
}

/** What an event of Stripe's needs. */
export function eventServices(c: Context<App>): EventServices {
  const billing = billingOf(c)
  return {
    billing,
    stripe: stripeOf(billing),
    accountIn: (region, id) => accountObject(c.env, region, id),
  }
}
