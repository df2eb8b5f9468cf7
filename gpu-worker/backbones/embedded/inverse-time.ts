/**
 * `1 / t` computed by the parts of a timestep embedder: a sum of SiLU hinges over the last sine
 * feature. Pure arithmetic, used to compute the embedded checkpoints.
 */

import { TIME_FEATURES } from '../parts/sequence/time-features.ts'

/**
 * `1 / t = bias + sum weights[k] * SiLU(5 - 5 tau / places[k])` with `tau = sin(1000 t f) / (1000
 * f)`, f the lowest frequency.
 */
export type InverseTime = {
  readonly places: readonly number[]
  readonly weights: readonly number[]
  readonly bias: number
  /** Factor from the last sine feature to tau. */
  readonly featureScale: number
}

const HINGES = 130
const FIRST_PLACE = 0.0008
const LAST_PLACE = 40
/** One hinge far beyond the range replaces the infinite row of hinges above it. */
const FAR_PLACE = 80

/** `x * sigmoid(x)`. */
export function silu(x: number): number {
  return x / (1 + Math.exp(-x))
}

/**
 * Hinges at places in geometric progression, weighted by 1 / place, sum to a multiple of 1 / t: the
 * sum looks the same at every scale, and hinges this wide leave no ripple. The hinges missing above
 * the last place are nearly a straight line over (0, 1], which one far hinge and a constant
 * replace; their weights and the multiple are a least squares fit of relative error. Every weight
 * is positive, so float32 sums them without cancellation: the relative error is 1.1e-6 on [0.004,
 * 1].
 */
export function inverseTime(): InverseTime {
  const perRadian = 10_000 ** (-(TIME_FEATURES / 2 - 1) / (TIME_FEATURES / 2)) * 1000
  const tau = (t: number) => Math.sin(perRadian * t) / perRadian
  const ratio = (LAST_PLACE / FIRST_PLACE) ** (1 / (HINGES - 1))
  const near = Array.from({ length: HINGES }, (_, k) => FIRST_PLACE * ratio ** k)
  const hinge = (t: number, place: number) => silu(5 - (5 * tau(t)) / place)

  const samples = Array.from({ length: 600 }, (_, i) => 0.003 * (1.001 / 0.003) ** (i / 599))
  const columns = [
    (t: number) => near.reduce((sum, place) => sum + hinge(t, place) / place, 0),
    () => 1,
    (t: number) => hinge(t, FAR_PLACE),
  ].map((basis) => samples.map((t) => t * basis(t)))
  const [multiple, bias, far] = leastSquares(
    columns,
    samples.map(() => 1),
  ) as [number, number, number]
  return {
    places: [...near, FAR_PLACE],
    weights: [...near.map((place) => multiple / place), far],
    bias,
    featureScale: 1 / perRadian,
  }
}

/**
 * Least-squares coefficients of the columns for `target`: Gram-Schmidt, applied twice for accuracy.
 */
function leastSquares(
  columns: readonly (readonly number[])[],
  target: readonly number[],
): number[] {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
  const count = columns.length
  const q: number[][] = []
  const r: number[][] = columns.map(() => new Array<number>(count).fill(0))
  columns.forEach((column, j) => {
    let rest = [...column]
    for (let pass = 0; pass < 2; pass++) {
      q.forEach((direction, i) => {
        const along = dot(direction, rest)
        const row = r[i] as number[]
        row[j] = (row[j] as number) + along
        rest = rest.map((value, k) => value - along * (direction[k] as number))
      })
    }
    const length = Math.sqrt(dot(rest, rest))
    ;(r[j] as number[])[j] = length
    q.push(rest.map((value) => value / length))
  })
  const solution = new Array<number>(count).fill(0)
  for (let i = count - 1; i >= 0; i--) {
    let value = dot(q[i] as number[], target)
    for (let j = i + 1; j < count; j++) value -= (r[i]?.[j] as number) * (solution[j] as number)
    solution[i] = value / (r[i]?.[i] as number)
  }
  return solution
}
