/**
 * What an edit costs: whole micro-units of one currency, from the model and the work. Knows no
 * balance.
 */

import { type BackboneName, backbones, passWork, type StepRate } from './backbones.ts'
import type { Size } from './drag.ts'
import { isBackbone, type ModelName, models, type PixelRate } from './models.ts'

/** Stored with every edit. Change it whenever a number or the rule changes. */
export const PRICE_VERSION = '2026-11.3'

/** Prices by model. A model that is missing is not for sale. */
export type PriceList = { readonly [name in BackboneName]?: StepRate } & {
  readonly instant?: PixelRate
}

/** The price list unless the operator sets another. */
export const defaultPrices = Object.fromEntries(
  Object.entries(models).map(([name, { rate }]) => [name, rate]),
) as PriceList

/** What the work of a transformer depends on. */
export type Passes = {
  readonly steps: number
  readonly workingSize: Size
  /** Passes of the backbone per step: two with true guidance, otherwise one. */
  readonly passes: number
}

/** What the price of an edit depends on. */
export type Priced = Passes & {
  readonly model: ModelName
  /** Size as displayed. */
  readonly photo: Size
}

/**
 * Passes of the transformer that an edit takes, in passes at the backbone's largest working size:
 * what price and limits go by.
 */
export function workInPasses(model: BackboneName, { steps, passes, workingSize }: Passes): number {
  const { pitch } = backbones[model]
  const tokens = (workingSize.width * workingSize.height) / pitch ** 2
  return steps * passes * passWork(model, tokens)
}

/**
 * The price in micro-units. Of a backbone: `base + ceil(perStepMegapixel * megapixels * work)`, where
 * `megapixels` are those of the largest working size and `work` is {@link workInPasses}. Of `instant`:
 * `base + ceil(perMegapixel * megapixels)` of the photo. Nothing else is rounded. Null if the model is
 * not for sale.
 */
export function priceOf(edit: Priced, list: PriceList): number | null {
  if (!isBackbone(edit.model)) return instantPrice(edit.photo, list.instant)
  const rate = list[edit.model]
  if (rate === undefined) return null
  const { maxTokens, pitch } = backbones[edit.model]
  const pixels = maxTokens * pitch ** 2
  const work = workInPasses(edit.model, edit)
  return rate.base + Math.ceil((rate.perStepMegapixel * pixels * work) / 1e6)
}

function instantPrice({ width, height }: Size, rate: PixelRate | undefined): number | null {
  if (rate === undefined) return null
  return rate.base + Math.ceil((rate.perMegapixel * width * height) / 1e6)
}
