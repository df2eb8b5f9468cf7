/** Which models a caller may use, and which one an edit gets that names none. */

import { defaultModel, freeModels, type ModelName, modelNames } from '../../../shared/models.ts'
import type { PriceList } from '../../../shared/price.ts'
import type { Caller } from '../tenant.ts'

/** What is on offer. */
export type Offer = {
  /** Models that some provider serves. */
  readonly served: readonly ModelName[]
  /** Models without a price are not for sale. */
  readonly prices: PriceList
}

/** Whose models are asked for. */
type Asker = Pick<Caller, 'credential' | 'models'>

/** The models that the caller may use, in the order in which people are offered them. */
export function offeredTo({ credential, models }: Asker, { served, prices }: Offer): ModelName[] {
  return modelNames.filter(
    (name) =>
      served.includes(name) &&
      prices[name] !== undefined &&
      (credential.mode !== 'test' || freeModels.includes(name)) &&
      (models === null || models.includes(name)),
  )
}

/** The model of a request that leaves it out: the best that the caller may use. */
export function defaultFor(caller: Asker, offer: Offer): ModelName {
  return defaultModel(offeredTo(caller, offer))
}
