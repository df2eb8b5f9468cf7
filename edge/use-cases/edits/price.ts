/** The price of an edit for a caller. Knows no balance. */

import type { Size } from '../../../shared/drag.ts'
import type { SamplerSettings } from '../../../shared/edit/sampler-settings.ts'
import { EditError } from '../../../shared/errors.ts'
import { isBackbone, type ModelName } from '../../../shared/models.ts'
import { type PriceList, priceOf, workInPasses } from '../../../shared/price.ts'
import type { Mode } from '../../access/keys.ts'

/** The operator's rates, and the version that is stored with every edit. */
export type Pricing = {
  readonly list: PriceList
  readonly version: string
  /** Work that an edit of a test key may take, in passes at the largest working size. */
  readonly testPasses: number
}

/** What an edit costs, in micro-units. */
export type Price = { readonly amount: number; readonly version: string }

/**
 * Test keys are free, and limited in work instead.
 *
 * @throws EditError `model_unavailable` for what is not for sale, `forbidden` for more work than a
 * test key may ask for
 */
export function editPrice(
  pricing: Pricing,
  mode: Mode,
  model: ModelName,
  { steps, trueGuidance }: Pick<SamplerSettings, 'steps' | 'trueGuidance'>,
  { photo, workingSize }: { readonly photo: Size; readonly workingSize: Size },
): Price {
  const work = { steps, workingSize, passes: trueGuidance > 1 ? 2 : 1 }
  const amount = priceOf({ ...work, model, photo }, pricing.list)
  if (amount === null)
    throw new EditError('model_unavailable', `no price is configured for ${model}`, {
      pointer: '/model',
      retryAfter: 3600,
    })
  if (mode === 'test' && isBackbone(model)) checkTestWork(workInPasses(model, work), pricing)
  return { amount: mode === 'test' ? 0 : amount, version: pricing.version }
}

/** @throws EditError `forbidden` */
function checkTestWork(work: number, { testPasses }: Pricing): void {
  if (work <= testPasses) return
  throw new EditError(
    'forbidden',
    `the edit takes as much work as ${work.toFixed(1)} passes at full size; test keys may use at most ${testPasses}`,
    { pointer: '/steps' },
  )
}
