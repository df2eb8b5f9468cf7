/**
 * Denoises only the tokens of the edit region and a margin around them. All others follow the photo, as they
 * do anyway with `latentBlend`, and are no part of the sequence: a step is shorter, but what changes
 * sees its surroundings in the reference alone.
 */

import { dilated } from '../../shared/geometry/dilated.ts'
import type { TokenGrid } from '../../shared/token-grid.ts'
import { type Control, wholeStreams } from './control.ts'
import { blendOutside, type Velocity } from './denoise.ts'
import { type EditingStrategy, underControl, vaeEncoded } from './editing-strategy.ts'

/** Tokens around the region that are part of the target: see docs/benchmarks.md. */
const MARGIN = 2

/** The strategy of the worker's setting. */
export function strategyOf({ TARGET_TOKENS }: { readonly TARGET_TOKENS: 'all' | 'region' }) {
  return TARGET_TOKENS === 'region' ? regionOnly(MARGIN) : vaeEncoded
}

/**
 * The method ({@link vaeEncoded}) on some of the target tokens.
 *
 * @param margin tokens around the region that are part of the target
 */
export function regionOnly(margin: number): EditingStrategy {
  return async (inputs) => {
    const { plan, region, reference, noise, sampler, velocityBeside } = inputs
    const count = plan.grid.rows * plan.grid.cols
    const features = reference.length / count
    const target = withMargin(region, plan.grid, margin)
    const streams = { ...wholeStreams(count), target }
    const ofTarget = (control: Control) =>
      velocityBeside({ reference, control: controlFor(control, target), streams }, 'asked')
    // Where nothing is denoised, a straight line leads from the noise to the photo.
    const outside = noise.map((value, i) => value - (reference[i] as number))
    const free = sampler.latentBlend ? region : target
    return {
      start: noise,
      velocity: underControl(inputs, (control) =>
        onRows(ofTarget(control), target, outside, features),
      ),
      afterStep: blendOutside(reference, noise, free, features),
    }
  }
}

/** The region and all tokens up to `margin` away from it, in rising order. */
export function withMargin(
  region: readonly number[],
  { rows, cols }: TokenGrid,
  margin: number,
): number[] {
  const flags = new Uint8Array(rows * cols)
  for (const token of region) flags[token] = 1
  const grown = dilated(flags, { width: cols, height: rows }, margin)
  return Array.from(grown.keys()).filter((token) => grown[token] === 1)
}

/** The control of some target tokens: what is injected into them. */
function controlFor(control: Control, target: readonly number[]): Control {
  const { injectFrom, injectMask } = control
  return {
    ...control,
    injectFrom: Int32Array.from(target, (token) => injectFrom[token] as number),
    injectMask: Float32Array.from(target, (token) => injectMask[token] as number),
  }
}

/** A velocity of some rows as one of all: the others have that of `outside`. */
function onRows(
  velocity: Velocity,
  rows: readonly number[],
  outside: Float32Array,
  features: number,
): Velocity {
  return async (x, sigma, lambda) => {
    const own = new Float32Array(rows.length * features)
    const copy = (from: Float32Array, at: number, to: Float32Array, place: number) =>
      to.set(from.subarray(at * features, (at + 1) * features), place * features)
    for (const [i, row] of rows.entries()) copy(x, row, own, i)
    const moved = await velocity(own, sigma, lambda)
    const all = outside.slice()
    for (const [i, row] of rows.entries()) copy(moved, i, all, row)
    return all
  }
}
