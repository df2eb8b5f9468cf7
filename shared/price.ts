/**
 * What an edit costs: whole micro-units of one currency, from backbone, steps and working size.
 * Knows no balance.
 */

import { type Backbone, type BackboneName, backbones } from './backbones.ts'
import type { Size } from './drag.ts'

/** Stored with every edit. Change it whenever a number or the rule changes. */
export const PRICE_VERSION = '2026-11'

/** Prices in micro-units: per edit, and per step and million pixels. */
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
 * The price in micro-units: `base + ceil(perStepMegapixel * steps * passes * pixels / 10^6)`. Nothing
 * else is rounded. Null if the backbone is not for sale.
 */
export function priceOf(edit: Priced, list: PriceList): number | null {
  const rate = list[edit.model]
  if (rate === undefined) return null
  const pixels = edit.workingSize.width * edit.workingSize.height
  const work = rate.perStepMegapixel * edit.steps * edit.passes * pixels
  return rate.base + Math.ceil(work / 1e6)
}
