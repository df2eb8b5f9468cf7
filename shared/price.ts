/**
 * What an edit costs: whole micro-units of one currency, from backbone, steps and working size.
 * Knows no balance.
 */

import { type Backbone, type BackboneName, backbones, passWork } from './backbones.ts'
import type { Size } from './drag.ts'

/** Stored with every edit. Change it whenever a number or the rule changes. */
export const PRICE_VERSION = '2026-11.2'

/**
 * Prices in micro-units: per edit, and per step and million pixels of the backbone's largest working
 * size. A smaller size costs as much less as it is less work.
 */
export type Rate = { readonly base: number; readonly perStepMegapixel: number }

/** Prices by backbone. A backbone that is missing is not for sale. */
export type PriceList = Partial<Record<BackboneName, Rate>>

/** The price list unless the operator sets another. */
export const defaultPrices: PriceList = Object.fromEntries(
  Object.entries(backbones).map(([name, backbone]: [string, Backbone]) => [name, backbone.rate]),
)

/** What the price of an edit depends on. */
export type Priced = {
  readonly model: BackboneName
  readonly steps: number
  readonly workingSize: Size
  /** Passes of the backbone per step: two with true guidance, otherwise one. */
  readonly passes: number
}

/**
 * Passes of the transformer that an edit takes, in passes at the backbone's largest working size:
 * what price and limits go by.
 */
export function workInPasses({ model, steps, passes, workingSize }: Priced): number {
  const { pitch } = backbones[model]
  const tokens = (workingSize.width * workingSize.height) / pitch ** 2
  return steps * passes * passWork(model, tokens)
}

/**
 * The price in micro-units: `base + ceil(perStepMegapixel * megapixels * work)`, where `megapixels`
 * are those of the largest working size and `work` is {@link workInPasses}. Nothing else is rounded.
 * Null if the backbone is not for sale.
 */
export function priceOf(edit: Priced, list: PriceList): number | null {
  const rate = list[edit.model]
  if (rate === undefined) return null
  const { maxTokens, pitch } = backbones[edit.model]
  const pixels = maxTokens * pitch ** 2
  return rate.base + Math.ceil((rate.perStepMegapixel * pixels * workInPasses(edit)) / 1e6)
}
