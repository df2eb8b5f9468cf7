/** Everything that is claimed of pictures without trained weights, measured. */

import { openOwnEngine } from '../engines/own.ts'
import { bareResources, EngineResources } from '../engines/resources.ts'
import { inversion, inversionSettings } from '../inversion/inversion.ts'
import { peers } from '../peers/registry.ts'
import { drawnOcclusion } from '../truth/drawn.ts'
import { truthCases } from '../truth/truth-case.ts'
import type { Claim } from './claim.ts'
import { roundTripClaims, strategyOrderClaims } from './inversion.ts'
import { type Extent, methodClaims } from './method.ts'
import { pictureClaims } from './pictures.ts'

/** Photographs of this size take a tenth of a second where whole ones take some. */
const SIDE = 256
/**
 * Masks are as loose as 8 pixels of 512. With a mask that is exact to the pixel, and a move by whole pixels,
 * a plain paste is the truth but for half a pixel at the edge, which no other way can better.
 */
const LOOSE = 4

/** @param extent `small` for a part of the cases, but every kind of claim */
export async function checkClaims(extent: Extent, signal: AbortSignal): Promise<readonly Claim[]> {
  const resources = new EngineResources(bareResources)
  const own = (model: 'instant' | 'embedded', settings: Readonly<Record<string, unknown>> = {}) =>
    openOwnEngine(model, model, settings, resources)
  try {
    const categories = extent === 'small' ? (['cut-out'] as const) : (['cut-out', 'hole'] as const)
    const most = extent === 'small' ? 2 : 16
    const others = [
      await own('embedded', { steps: 1 }),
      peers['cut-and-paste'].open(resources.things),
      peers['seamless-clone'].open(resources.things),
    ]
    const cases = { side: SIDE, margins: [LOOSE], categories, most }
    return [
      ...(await methodClaims((settings) => own('embedded', settings), extent, signal)),
      ...(await inversionClaims(resources, signal)),
      ...(await pictureClaims(await own('instant'), others, cases, signal)),
    ]
  } finally {
    await resources.close()
  }
}

/** In two steps: the paper's fifty take a minute on a processor. */
async function inversionClaims(resources: EngineResources, signal: AbortSignal): Promise<Claim[]> {
  const settings = { steps: 2, pixelComposite: false }
  const inverted = { ...inversionSettings, ...settings }
  const [one] = await truthCases(drawnOcclusion('uncover'), [0])
  if (one === undefined) throw new Error('there is one case for one margin')
  return [
    ...(await roundTripClaims(await resources.backbone('embedded'), signal)),
    ...(await strategyOrderClaims(
      await openOwnEngine('embedded', 'embedded', settings, resources),
      await openOwnEngine('embedded', 'inversion', inverted, resources, inversion),
      one,
      signal,
    )),
  ]
}
