/** The price of an edit for a caller. Knows no balance. */

import type { BackboneName } from '../../../shared/backbones.ts'
import type { Size } from '../../../shared/drag.ts'
import type { SamplerSettings } from '../../../shared/edit/sampler-settings.ts'
import { EditError } from '../../../shared/errors.ts'
import { type PriceList, priceOf } from '../../../shared/price.ts'
import type { Mode } from '../../access/keys.ts'

/** The operator's rates, and the version that is stored with every edit. */
export type Pricing = { readonly list: PriceList; readonly version: string }

/** What an edit costs, in micro-units. */
export type Price = { readonly amount: number; readonly version: string }

/** Test keys are free. @throws EditError `model_unavailable` for what is not for sale */
export function editPrice(
  pricing: Pricing,
  mode: Mode,
  model: BackboneName,
  sampler: Pick<SamplerSettings, 'steps' | 'trueGuidance'>,
  workingSize: Size,
): Price {
  const passes = sampler.trueGuidance > 1 ? 2 : 1
  const amount = priceOf({ model, steps: sampler.steps, workingSize, passes }, pricing.list)
  if (amount === null)
    throw new EditError('model_unavailable', `no price is configured for ${model}`, {
      pointer: '/model',
      retryAfter: 3600,
    })
  return { amount: mode === 'test' ? 0 : amount, version: pricing.version }
}
