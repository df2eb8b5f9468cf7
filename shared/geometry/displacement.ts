/**
 * Inverse-distance-weighted displacement fields (paper, Eq. 2 and 3) in token units. Knows nothing
 * of masks.
 */

/** Vectors anchored at points, and blended by distance between the anchors. */
export type DisplacementField = {
  readonly anchorU: Float64Array
  readonly anchorV: Float64Array
  readonly du: Float64Array
  readonly dv: Float64Array
  /** Exponent of the distance, 2 in the paper. At 16 the nearest anchor decides almost alone. */
  readonly power: number
}

/**
 * A displacement. {@link evaluateField} writes into it, so a loop over thousands of tokens allocates
 * nothing.
 */
export type Displacement = { du: number; dv: number }

const EXACT_HIT = 1e-6

/**
 * The field at `(u, v)`: `sum w_i d_i / sum w_i` with `w_i = (n / distance_i)^power`, `n` the
 * smallest distance. At an anchor (closer than 1e-6) it is that anchor's vector, the first on a
 * tie. Writes into `out` and returns it.
 */
export function evaluateField(
  field: DisplacementField,
  u: number,
  v: number,
  out: Displacement,
): Displacement {
  const { anchorU, anchorV, du, dv, power } = field
  const count = anchorU.length
  // A common factor cancels out; it keeps high powers from overflowing.
  const scale = power === 2 ? 1 : nearestSquared(field, u, v)
  let sum = 0
  let sumU = 0
  let sumV = 0
  for (let i = 0; i < count; i++) {
    const a = u - anchorU[i]!
    const b = v - anchorV[i]!
    const squared = a * a + b * b
    if (squared < EXACT_HIT * EXACT_HIT) {
      out.du = du[i]!
      out.dv = dv[i]!
      return out
    }
    const ratio = scale / squared
    const weight = power === 2 ? ratio : ratio ** (power / 2)
    sum += weight
    sumU += weight * du[i]!
    sumV += weight * dv[i]!
  }
  out.du = sumU / sum
  out.dv = sumV / sum
  return out
}

function nearestSquared({ anchorU, anchorV }: DisplacementField, u: number, v: number): number {
  let nearest = Number.POSITIVE_INFINITY
  for (let i = 0; i < anchorU.length; i++) {
    const a = u - anchorU[i]!
    const b = v - anchorV[i]!
    nearest = Math.min(nearest, a * a + b * b)
  }
  return nearest
}

/** Nearest integer, with halves rounded toward zero. For displacements, never for positions. */
export function roundDisplacement(value: number): number {
  const magnitude = Math.ceil(Math.abs(value) - 0.5 - 1e-9)
  // ceil of a value in (-1, 0] is -0; `|| 0` turns it into 0.
  return Math.sign(value) * magnitude || 0
}
