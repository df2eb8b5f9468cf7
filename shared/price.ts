/**
 * What an edit costs: whole micro-units of one currency, from backbone, steps and working size.
 * Knows no balance.
 */

import { type Backbone, type BackboneName, backbones } from './backbones.ts'
import type { Size } from './drag.ts'

/** Changes whenever a number or the rule changes; it is stored with every edit. */
export const PRICE_VERSION = '2026-11'

/** Two parts of a price, in micro-units: every edit, and every step for each million pixels. */
export type Rate = { readonly base: number; readonly perStepMegapixel: number }

/** Rates by backbone; one that is missing is not for sale. */
export type PriceList = Partial<Record<BackboneName, Rate>>

/** The list that holds where the operator sets no other. */
export const defaultPrices: PriceList = Object.fromEntries(
  Object.entries(backbones).map(([name, backbone]: [string, Backbone]) => [name, backbone.rate]),
)

/** What an edit is paid by. */
export type Priced = {
  readonly model: BackboneName
  readonly steps: number
  readonly workingSize: Size
  /** Passes of the backbone a step: two with a negative prompt's guidance. */
  readonly passes: number
}

/**
 * The price in micro-units: `base + ceil(perStepMegapixel * steps * passes * pixels / 10^6)`. The
 * only rounding is that one, up. Null where the list has no rate.
 */
export function priceOf(edit: Priced, list: PriceList): number | null {
  const rate = list[edit.model]
  if (rate === undefined) return null
  const pixels = edit.workingSize.width * edit.workingSize.height
  const work = rate.perStepMegapixel * edit.steps * edit.passes * pixels
  return rate.base + Math.ceil(work / 1e6)
}
