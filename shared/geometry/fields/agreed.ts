/** What all drags of a part together say, if they agree: a scale, or a stretch with a shear. */

import type { Displacement, DisplacementField } from '../displacement.ts'
import { rising } from '../rising.ts'
import { fitTurn, noTurn } from './turn.ts'

export type Agreed = {
  /** The common scale; towards 1 the less they agree on it. */
  readonly scale: number
  /** How much they agree on a stretch, 0 to 1, and its displacement. */
  readonly stretch: number
  readonly stretched: (u: number, v: number, out: Displacement) => void
  /** How much they agree on either. */
  readonly share: number
}

/**
 * A motion counts where it leaves less than this part of the targets' spread unexplained, and in full below
 * the other. Drags by hand that mean something else come close to many.
 */
const LEAVES = { none: 0.002, full: 0.0005 }
/** Where the handles are not on one line: how wide they are for their length, squared. */
const SCALES = { none: 0.0005, full: 0.004 }
const STRETCHES = { none: 0.02, full: 0.1 }
/** Fewer drags can always be taken for a stretch. */
const FOR_STRETCH = 4

export function agreedBy(field: DisplacementField): Agreed {
  const { anchorU, anchorV, du, dv } = field
  const whole = fitTurn(field, 0, 0, Number.POSITIVE_INFINITY, noTurn())
  let [uu, uv, vv] = [0, 0, 0]
  let [cu, cv, du2, dv2] = [0, 0, 0, 0]
  for (let i = 0; i < anchorU.length; i++) {
    const [a, b] = [anchorU[i]! - whole.u, anchorV[i]! - whole.v]
    const [c, d] = [a + du[i]! - whole.du, b + dv[i]! - whole.dv]
    uu += a * a
    uv += a * b
    vv += b * b
    cu += c * a
    cv += c * b
    du2 += d * a
    dv2 += d * b
  }
  const middle = (uu + vv) / 2
  const width = (middle - Math.hypot((uu - vv) / 2, uv)) / (2 * middle)
  const scaled =
    (1 - rising(1 - whole.fit ** 2, LEAVES.full, LEAVES.none)) *
    rising(width, SCALES.none, SCALES.full)
  // The targets about their mean are `m` times the handles about theirs.
  const determinant = uu * vv - uv * uv
  const m = [
    (cu * vv - cv * uv) / determinant,
    (cv * uu - cu * uv) / determinant,
    (du2 * vv - dv2 * uv) / determinant,
    (dv2 * uu - du2 * uv) / determinant,
  ] as const
  const stretched: Agreed['stretched'] = (u, v, out) => {
    const [a, b] = [u - whole.u, v - whole.v]
    out.du = whole.du + (m[0] - 1) * a + m[1] * b
    out.dv = whole.dv + m[2] * a + (m[3] - 1) * b
  }
  const flat = width < STRETCHES.none || anchorU.length < FOR_STRETCH
  const stretch = flat
    ? 0
    : (1 - rising(unexplained(field, stretched, whole), LEAVES.full, LEAVES.none)) *
      rising(width, STRETCHES.none, STRETCHES.full) *
      // Not a reflection, nor close to one.
      rising((2 * (m[0] * m[3] - m[1] * m[2])) / m.reduce((sum, one) => sum + one * one, 0), 0, 0.1)
  return { scale: whole.scale ** scaled, stretch, stretched, share: Math.max(scaled, stretch) }
}

/** The part of the targets' spread that a motion leaves. */
function unexplained(
  { anchorU, anchorV, du, dv }: DisplacementField,
  motion: Agreed['stretched'],
  mean: Displacement & { readonly u: number; readonly v: number },
): number {
  const out: Displacement = { du: 0, dv: 0 }
  let [left, spread] = [0, 0]
  for (let i = 0; i < anchorU.length; i++) {
    motion(anchorU[i]!, anchorV[i]!, out)
    left += (du[i]! - out.du) ** 2 + (dv[i]! - out.dv) ** 2
    spread +=
      (anchorU[i]! + du[i]! - mean.u - mean.du) ** 2 +
      (anchorV[i]! + dv[i]! - mean.v - mean.dv) ** 2
  }
  return left / Math.max(spread, 1e-12)
}
