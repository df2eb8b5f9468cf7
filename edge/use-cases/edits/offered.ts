/** Which models a caller may use, and which one an edit gets that names none. */

import { defaultModel, freeModels, type ModelName } from '../../../shared/models.ts'
import type { PriceList } from '../../../shared/price.ts'
import type { Caller } from '../tenant.ts'

/** What is on offer. */
export type Offer = {
  /** Models that some provider serves. */
  readonly served: readonly ModelName[]
  /** Models without a price are not for sale. */
  readonly prices: PriceList
}

/** The model of a request that leaves it out: the best that the caller may use. */
export function defaultFor(
  { credential, models }: Pick<Caller, 'credential' | 'models'>,
  { served, prices }: Offer,
): ModelName {
  return defaultModel(
    served.filter(
      (name) =>
        prices[name] !== undefined &&
        (credential.mode !== 'test' || freeModels.includes(name)) &&
        (models === null || models.includes(name)),
    ),
  )
}
