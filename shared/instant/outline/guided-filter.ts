/** Smooths values along the edges of a picture (guided filter; He et al., PAMI 2013). */

import type { Size } from '../../drag.ts'

/** Colours in [0, 1] as three planes. */
export type Guide = Size & { readonly planes: readonly [Float32Array, Float32Array, Float32Array] }

/**
 * The values as a local linear function of the guide's colours, in windows of `2 * radius + 1`
 * pixels.
 *
 * @param epsilon variances of colour below it count as flat
 */
export function guidedFilter(
  guide: Guide,
  values: Float32Array,
  radius: number,
  epsilon: number,
): Float32Array {
  const [r, g, b] = guide.planes
  const mean = (plane: Float32Array) => boxMean(plane, guide, radius)
  const product = (one: Float32Array, other: Float32Array) =>
    mean(one.map((value, i) => value * other[i]!))
  const [mr, mg, mb, mv] = [mean(r), mean(g), mean(b), mean(values)]
  const [rr, rg, rb] = [product(r, r), product(r, g), product(r, b)]
  const [gg, gb, bb] = [product(g, g), product(g, b), product(b, b)]
  const [rv, gv, bv] = [product(r, values), product(g, values), product(b, values)]
  const slope = [0, 1, 2].map(() => new Float32Array(values.length))
  const [sr, sg, sb] = slope as [Float32Array, Float32Array, Float32Array]
  const offset = new Float32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const [r0, g0, b0, v0] = [mr[i]!, mg[i]!, mb[i]!, mv[i]!]
    // Covariances of the colours, and of each colour with the values: solved by Cramer's rule.
    const a = rr[i]! - r0 * r0 + epsilon
    const d = gg[i]! - g0 * g0 + epsilon
    const f = bb[i]! - b0 * b0 + epsilon
    const [b1, c1, e1] = [rg[i]! - r0 * g0, rb[i]! - r0 * b0, gb[i]! - g0 * b0]
    const [vr, vg, vb] = [rv[i]! - r0 * v0, gv[i]! - g0 * v0, bv[i]! - b0 * v0]
    const [m00, m01, m02] = [d * f - e1 * e1, c1 * e1 - b1 * f, b1 * e1 - c1 * d]
    const [m11, m12, m22] = [a * f - c1 * c1, b1 * c1 - a * e1, a * d - b1 * b1]
    const determinant = a * m00 + b1 * m01 + c1 * m02
    sr[i] = (m00 * vr + m01 * vg + m02 * vb) / determinant
    sg[i] = (m01 * vr + m11 * vg + m12 * vb) / determinant
    sb[i] = (m02 * vr + m12 * vg + m22 * vb) / determinant
    offset[i] = v0 - sr[i]! * r0 - sg[i]! * g0 - sb[i]! * b0
  }
  const [ar, ag, ab, bo] = [mean(sr), mean(sg), mean(sb), mean(offset)]
  return bo.map((value, i) => value + ar[i]! * r[i]! + ag[i]! * g[i]! + ab[i]! * b[i]!)
}

/** Mean over a square window, smaller at the borders of the picture. */
export function boxMean(
  values: Float32Array,
  { width, height }: Size,
  radius: number,
): Float32Array {
  const rows = new Float32Array(values.length)
  for (let y = 0; y < height; y++) runningMean(values, rows, y * width, 1, width, radius)
  const means = new Float32Array(values.length)
  for (let x = 0; x < width; x++) runningMean(rows, means, x, width, height, radius)
  return means
}

function runningMean(
  from: Float32Array,
  to: Float32Array,
  start: number,
  step: number,
  length: number,
  radius: number,
): void {
  let sum = 0
  let count = 0
  for (let i = -radius; i < length; i++) {
    if (i + radius < length) {
      sum += from[start + (i + radius) * step]!
      count++
    }
    if (i > radius) {
      sum -= from[start + (i - radius - 1) * step]!
      count--
    }
    if (i >= 0) to[start + i * step] = sum / count
  }
}
