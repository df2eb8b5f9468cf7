/**
 * A displacement field as rigid as the drags allow: everywhere a turn with a move, which changes
 * gradually, and on top of it a spline of what the handles need besides. Where the drags of a part are one
 * move, one turn, one scale or one stretch, the field is exactly that. Smooth but for the handles, where its slope may
 * change.
 */

import { type Displacement, type DisplacementField, evaluateField } from '../displacement.ts'
import { rising } from '../rising.ts'
import { agreedBy } from './agreed.ts'
import { solve } from './solve.ts'
import { fitTurn, noTurn, type Turn } from './turn.ts'

/** Writes the displacement at `(u, v)` into `out`. */
type Evaluate = (u: number, v: number, out: Displacement) => void

export type RigidField = {
  readonly evaluate: Evaluate
  /** Around each anchor, the slope changes over this distance. */
  readonly bend: number
}

/** Handles this close are one; the first drag counts. */
const SAME = 1e-6
/** Turns blend over this much of the handles' mean distance to the next one: less follows each handle more. */
const BLEND = 0.5
/** The spline bends over this much of the smallest distance, so that no handle is a spike. */
const BEND = 0.3
/** Turns count in full from this fit on, and not at all below the other. */
const TURNS = { none: 0.5, full: 0.9 }
/**
 * Two handles that come closer than this part of their distance are pushed into each other, and the spline
 * gives way to weights by distance, which keep what lies around in its place; altogether from the other on.
 */
const SQUEEZED = { none: 0.25, full: -0.25 }

/**
 * The rigid field of some drags, in the units of its anchors, which must be the same along both
 * axes. Its `power` is the exponent of the distance for the turns.
 */
export function rigidField(drags: DisplacementField): RigidField {
  const field = distinct(drags)
  const { anchorU, anchorV, du, dv } = field
  const count = anchorU.length
  if (du.every((value) => value === du[0]) && dv.every((value) => value === dv[0]))
    return {
      evaluate: (_u, _v, out) => Object.assign(out, { du: du[0], dv: dv[0] }),
      bend: Number.POSITIVE_INFINITY,
    }
  const { mean, least } = spacing(field)
  const soft = (BLEND * mean) ** 2
  const bend = (BEND * least) ** 2
  const { scale, stretch, stretched, share } = agreedBy(field)
  const turn = noTurn()
  const mixed: Displacement = { du: 0, dv: 0 }
  const turned: Evaluate = (u, v, out) => {
    turnedBy(calmed(fitTurn(field, u, v, soft, turn)), scale, u, v, out)
    if (stretch === 0) return
    stretched(u, v, mixed)
    out.du += stretch * (mixed.du - out.du)
    out.dv += stretch * (mixed.dv - out.dv)
  }
  const weights = splineWeights(field, turned, bend)
  const weightU = Float64Array.from(weights, (row) => row[0]!)
  const weightV = Float64Array.from(weights, (row) => row[1]!)
  const calm = (1 - share) * squeezed(field, soft)
  const evaluate: Evaluate = (u, v, out) => {
    turned(u, v, out)
    let x = out.du + weightU[count]!
    let y = out.dv + weightV[count]!
    for (let i = 0; i < count; i++) {
      const a = u - anchorU[i]!
      const b = v - anchorV[i]!
      const distance = Math.sqrt(a * a + b * b + bend)
      x += weightU[i]! * distance
      y += weightV[i]! * distance
    }
    if (calm > 0) {
      evaluateField(field, u, v, mixed)
      x += calm * (mixed.du - x)
      y += calm * (mixed.dv - y)
    }
    out.du = x
    out.dv = y
  }
  return { evaluate, bend: calm > 0 ? 0 : BEND * least }
}

/** The weights of each anchor in the spline, along both axes, and its constant at the end. */
function splineWeights(field: DisplacementField, turned: Evaluate, bend: number): Float64Array[] {
  const { anchorU, anchorV, du, dv } = field
  const count = anchorU.length
  const at: Displacement = { du: 0, dv: 0 }
  const matrix = Array.from({ length: count + 1 }, (_, i) =>
    Float64Array.from({ length: count + 1 }, (__, j) => {
      if (i === count || j === count) return i === j ? 0 : 1
      const squared = (anchorU[i]! - anchorU[j]!) ** 2 + (anchorV[i]! - anchorV[j]!) ** 2
      return Math.sqrt(squared + bend)
    }),
  )
  const right = Array.from({ length: count + 1 }, (_, i) => {
    if (i === count) return new Float64Array(2)
    turned(anchorU[i]!, anchorV[i]!, at)
    return Float64Array.of(du[i]! - at.du, dv[i]! - at.dv)
  })
  solve(matrix, right)
  return right
}

/** A turn that fits badly, because drags cross, is no turn; in between, it is part of one. */
function calmed(turn: Turn): Turn {
  const part = rising(turn.fit, TURNS.none, TURNS.full)
  turn.cos = 1 + part * (turn.cos - 1)
  turn.sin *= part
  return turn
}

function turnedBy(turn: Turn, scale: number, u: number, v: number, out: Displacement): void {
  const a = u - turn.u
  const b = v - turn.v
  const cos = scale * turn.cos
  const sin = scale * turn.sin
  out.du = turn.du + (cos - 1) * a - sin * b
  out.dv = turn.dv + sin * a + (cos - 1) * b
}

/** How much some pair of handles is pushed into each other, 0 to 1, apart from the turn between them. */
function squeezed(field: DisplacementField, soft: number): number {
  const { anchorU, anchorV, du, dv } = field
  const turn = noTurn()
  let worst = Number.POSITIVE_INFINITY
  for (let i = 0; i < anchorU.length; i++)
    for (let j = 0; j < i; j++) {
      const [a, b] = [anchorU[i]! - anchorU[j]!, anchorV[i]! - anchorV[j]!]
      const [c, d] = [a + du[i]! - du[j]!, b + dv[i]! - dv[j]!]
      const [u, v] = [(anchorU[i]! + anchorU[j]!) / 2, (anchorV[i]! + anchorV[j]!) / 2]
      const { cos, sin } = calmed(fitTurn(field, u, v, soft, turn))
      worst = Math.min(worst, ((cos * a - sin * b) * c + (sin * a + cos * b) * d) / (a * a + b * b))
    }
  return 1 - rising(worst, SQUEEZED.full, SQUEEZED.none)
}

/** Mean and smallest distance from an anchor to the next one. */
function spacing({ anchorU, anchorV }: DisplacementField): { mean: number; least: number } {
  const nearest = Array.from(anchorU, (u, i) =>
    anchorU.reduce((least, other, j) => {
      const distance = Math.hypot(other - u, anchorV[j]! - anchorV[i]!)
      return j === i ? least : Math.min(least, distance)
    }, Number.POSITIVE_INFINITY),
  )
  const mean = nearest.reduce((sum, one) => sum + one, 0) / nearest.length
  return { mean, least: Math.min(...nearest) }
}

/** Without anchors that repeat an earlier one. */
function distinct(field: DisplacementField): DisplacementField {
  const { anchorU, anchorV } = field
  const first = (i: number) =>
    anchorU.findIndex((u, j) => Math.hypot(u - anchorU[i]!, anchorV[j]! - anchorV[i]!) < SAME) === i
  const kept = [...anchorU.keys()].filter(first)
  const of = (values: Float64Array) => Float64Array.from(kept, (i) => values[i]!)
  const { du, dv, power } = field
  return { anchorU: of(anchorU), anchorV: of(anchorV), du: of(du), dv: of(dv), power }
}
