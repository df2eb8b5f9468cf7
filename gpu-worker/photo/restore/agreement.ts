/** How far a backbone's picture shows what is somewhere else known, at its working size. */

import type { Size } from '../../../shared/drag.ts'
import { rising } from '../../../shared/geometry/rising.ts'
import { boxMean } from '../../../shared/instant/outline/guided-filter.ts'
import { spread } from '../../../shared/instant/push-pull.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import { addCubic } from './cubic.ts'
import type { Origin } from './origins.ts'
import { forEachPixel } from './working-grid.ts'

/**
 * The picture agrees where the two differ by less than the first, in mean levels over 5 x 5 working
 * pixels, and not at all from the second on.
 */
const AGREES = 8
const DIFFERS = 24
const WINDOW = 2
/** A fill counts less from half of this many times the roughness of its surroundings on, and then not. */
const MOST_ROUGH = 4

/** RGB of a picture at the photo's size, and at the working size. */
export type Source = { readonly full: Uint8Array; readonly small: Uint8Array }

/** Working pixels by where their detail comes from. */
export type Agreement = {
  readonly origin: Origin
  readonly source: Source
  /** How far the picture agrees, 0 to 1; 0 where the origin says nothing. */
  readonly weights: Float32Array
  /** What the source's colours are multiplied by, so that they have the picture's light; null for 1. */
  readonly light: Float32Array | null
}

type Sizes = { readonly photo: Size; readonly working: Size; readonly grid: TokenGrid }

/** @param picture RGB of the backbone's picture, at the working size */
export function agreement(
  origin: Origin,
  source: Source,
  picture: Uint8Array,
  sizes: Sizes,
): Agreement {
  const { working } = sizes
  const { known, rgb } = movedSmall(origin, source, sizes)
  const differences = known.map((_, at) => difference(rgb, picture, at, 1))
  return { origin, source, weights: weighted(known, differences, working), light: null }
}

/** The same, but where it is only lighter or darker, the picture agrees as if it were not. */
export function agreementInAnyLight(
  origin: Origin,
  source: Source,
  picture: Uint8Array,
  sizes: Sizes,
): Agreement {
  const { working } = sizes
  const { known, rgb } = movedSmall(origin, source, sizes)
  const sumOf = (values: ArrayLike<number>) =>
    known.map(
      (flag, at) => flag * (1 + values[3 * at]! + values[3 * at + 1]! + values[3 * at + 2]!),
    )
  const before = boxMean(sumOf(rgb), working, WINDOW)
  const after = boxMean(sumOf(picture), working, WINDOW)
  const light = known.map((flag, at) => (flag === 0 ? 1 : after[at]! / before[at]!))
  const differences = known.map((_, at) => difference(rgb, picture, at, light[at]!))
  return { origin, source, weights: weighted(known, differences, working), light }
}

/**
 * The same for a source that is not what the picture shows but looks like it, a photo with a hole that was
 * filled: only their colours are compared, as means of a window, because two textures are never equal.
 * A fill that is much rougher than what is around the hole does not count.
 *
 * @param hidden the tokens of the hole
 */
export function likeness(
  origin: Origin,
  source: Source,
  picture: Uint8Array,
  sizes: Sizes,
  hidden: ReadonlySet<number>,
): Agreement {
  const { working, grid } = sizes
  const { known, rgb } = movedSmall(origin, source, sizes)
  const count = boxMean(known, working, WINDOW)
  const differences = new Float32Array(known.length)
  for (let k = 0; k < 3; k++) {
    const signed = known.map((flag, at) => flag * (rgb[3 * at + k]! - picture[3 * at + k]!))
    boxMean(signed, working, WINDOW).forEach((mean, at) => {
      if (known[at] === 1) differences[at] = differences[at]! + Math.abs(mean / count[at]!) / 3
    })
  }
  const rough = roughness(source.small, working)
  const inHole = new Uint8Array(known.length)
  for (const token of hidden)
    forEachPixel(token, grid, working, (at) => {
      inHole[at] = 1
    })
  const around = spread(
    working,
    1,
    (at) => rough[at]!,
    (at) => inHole[at] === 0,
  )
  const weights = weighted(known, differences, working).map((weight, at) => {
    return weight * rising(rough[at]! / (1 + around[2 * at]!), MOST_ROUGH, MOST_ROUGH / 2)
  })
  return { origin, source, weights, light: null }
}

/** By pixel: how far brightness differs from its mean in a window, as a mean of a larger one. */
function roughness(rgb: Uint8Array, size: Size): Float32Array {
  const grey = Float32Array.from({ length: size.width * size.height }, (_, at) => {
    return (rgb[3 * at]! + rgb[3 * at + 1]! + rgb[3 * at + 2]!) / 3
  })
  const mean = boxMean(grey, size, WINDOW)
  const away = grey.map((value, at) => Math.abs(value - mean[at]!))
  return boxMean(away, size, 2 * WINDOW)
}

/** The source at the working size, moved along an origin, and 1 for pixels that the origin speaks of. */
function movedSmall(origin: Origin, { small }: Source, { photo, working, grid }: Sizes) {
  const size = working.width * working.height
  const known = new Float32Array(size)
  const rgb = new Float32Array(3 * size)
  const scaleX = photo.width / working.width
  const scaleY = photo.height / working.height
  const d = { du: 0, dv: 0 }
  const from = new Float64Array(3)
  for (const token of origin.tokens)
    forEachPixel(token, grid, working, (at, x, y) => {
      origin.at(token, (x + 0.5) * scaleX, (y + 0.5) * scaleY, d)
      from.fill(0)
      addCubic(small, working, x + 0.5 + d.du / scaleX, y + 0.5 + d.dv / scaleY, from)
      known[at] = 1
      rgb.set(from, 3 * at)
    })
  return { known, rgb }
}

/** Mean difference of the colours at a pixel, in levels. */
function difference(rgb: Float32Array, picture: Uint8Array, at: number, light: number): number {
  let sum = 0
  for (let k = 3 * at; k < 3 * at + 3; k++) sum += Math.abs(light * rgb[k]! - picture[k]!) / 3
  return sum
}

function weighted(known: Float32Array, differences: Float32Array, working: Size): Float32Array {
  const count = boxMean(known, working, WINDOW)
  const sum = boxMean(
    differences.map((value, at) => known[at]! * value),
    working,
    WINDOW,
  )
  return sum.map((value, at) => (known[at] === 0 ? 0 : rising(value / count[at]!, DIFFERS, AGREES)))
}
