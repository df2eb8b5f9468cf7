/**
 * The turn and move that fit drags best, near ones most: moving least squares (Schaefer, McPhail,
 * Warren: "Image Deformation Using Moving Least Squares", SIGGRAPH 2006).
 */

import type { DisplacementField } from '../displacement.ts'

/** A turn about `(u, v)` with a move: cosine and sine, and where that point goes. */
export type Turn = {
  u: number
  v: number
  du: number
  dv: number
  cos: number
  sin: number
  /** How much larger it makes things. A turn is 1; the best fit need not be. */
  scale: number
  /** How well it fits, 0 to 1; 0 where nothing says how to turn. */
  fit: number
}

export const noTurn = (): Turn => ({ u: 0, v: 0, du: 0, dv: 0, cos: 1, sin: 0, scale: 1, fit: 0 })

/**
 * Fits a turn to the drags of a field with weights `1 / (1 + distance^2 / soft)^(power / 2)` around a
 * point; an infinite `soft` gives all the same weight. Writes into `out` and returns it.
 */
export function fitTurn(
  { anchorU, anchorV, du, dv, power }: DisplacementField,
  u: number,
  v: number,
  soft: number,
  out: Turn,
): Turn {
  let sum = 0
  let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0]
  let [before, after, along, across] = [0, 0, 0, 0]
  for (let i = 0; i < anchorU.length; i++) {
    const a = anchorU[i]! - u
    const b = anchorV[i]! - v
    const c = du[i]!
    const d = dv[i]!
    const squared = a * a + b * b
    const far = 1 + squared / soft
    const weight = power === 2 ? 1 / far : far ** (-power / 2)
    sum += weight
    sumA += weight * a
    sumB += weight * b
    sumC += weight * c
    sumD += weight * d
    before += weight * squared
    after += weight * (c * c + d * d)
    along += weight * (a * c + b * d)
    across += weight * (a * d - b * c)
  }
  // About the means; `after` is of the targets, not of the displacements.
  before -= (sumA * sumA + sumB * sumB) / sum
  along -= (sumA * sumC + sumB * sumD) / sum
  across -= (sumA * sumD - sumB * sumC) / sum
  after += before + 2 * along - (sumC * sumC + sumD * sumD) / sum
  along += before
  out.u = u + sumA / sum
  out.v = v + sumB / sum
  out.du = sumC / sum
  out.dv = sumD / sum
  const length = Math.sqrt(along * along + across * across)
  const known = length > 1e-9 * sum
  out.cos = known ? along / length : 1
  out.sin = known ? across / length : 0
  out.scale = known ? length / before : 1
  out.fit = known ? Math.min(1, length / Math.sqrt(before * after)) : 0
  return out
}
