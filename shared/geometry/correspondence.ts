/**
 * M_DST and the source token of each of its tokens (paper, III-C1 and Table IV). Knows nothing of
 * attention.
 */

import type { Drag, Size } from '../drag.ts'
import { type TokenGrid, tokenCount, toTokenPoint } from '../token-grid.ts'
import {
  type Displacement,
  type DisplacementField,
  evaluateField,
  roundDisplacement,
} from './displacement.ts'
import { convexHull, type Hull, insideHull } from './hull.ts'
import type { MaskPart, SourceMask } from './source-mask.ts'

/**
 * How target tokens find their source tokens: `reverse-user` is the paper's; `forward-source` and
 * `reverse-inferred` are the baselines of its Table IV.
 */
export type Strategy = 'reverse-user' | 'forward-source' | 'reverse-inferred'

/** Per token of the grid: its source token, or -1 outside M_DST. */
export type Correspondence = {
  readonly source: Int32Array
  /**
   * Squared rounding residual `|q + W(q) - p|^2` in M_DST, by which a scatter chooses between the
   * targets of one source.
   */
  readonly residual: Float64Array
  /** Number of source tokens that leave the grid, by the index of their part. */
  readonly leaving: readonly number[]
}

/** Computes M_DST and its source tokens, one mask part after the other. */
export function correspondence(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  mask: SourceMask,
  strategy: Strategy,
  power: number,
): Correspondence {
  const source = new Int32Array(tokenCount(grid)).fill(-1)
  const residual = new Float64Array(tokenCount(grid))
  const land = (target: number, from: number, squared: number) => {
    if (source[target] !== -1) return
    source[target] = from
    residual[target] = squared
  }
  // If two parts claim a target token, the part whose first drag has the smaller index gets it, so
  // that part is processed first.
  const order = mask.parts
    .map((part, label) => ({ part, label }))
    .sort((a, b) => a.part.drags[0]! - b.part.drags[0]!)
  const leaving = mask.parts.map(() => 0)
  for (const { part, label } of order) {
    const fields = dragFields(image, grid, drags, part, power)
    const moved = displace(part, grid, fields.forward)
    leaving[label] = leavingCount(part, grid, moved)
    if (strategy === 'forward-source') landForward(part, grid, moved, land)
    else {
      const reverse =
        strategy === 'reverse-user' ? userField(fields.reverse) : inferredField(part, moved)
      landReverse(grid, hullOf(moved), reverse, mask.label, label, land)
    }
  }
  return { source, residual, leaving }
}

type Land = (target: number, source: number, squaredResidual: number) => void
/**
 * Displaced source tokens in the order of `part.tokens`: continuous positions `u, v`, and
 * displacements.
 */
type Moved = { u: Float64Array; v: Float64Array; du: Float64Array; dv: Float64Array }
type ReverseField = (u: number, v: number, out: Displacement) => Displacement

/**
 * The fields D (anchored at the handles) and W (anchored at the targets, with reversed vectors) of a
 * part's drags.
 */
export function dragFields(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  part: MaskPart,
  power: number,
) {
  const own = part.drags.map((i) => drags[i] as Drag)
  const handles = own.map((drag) => toTokenPoint(drag.handle, image, grid))
  const targets = own.map((drag) => toTokenPoint(drag.target, image, grid))
  const at = (pick: (i: number) => number) => Float64Array.from(own, (_, i) => pick(i))
  const handleU = at((i) => (handles[i] as { u: number }).u)
  const handleV = at((i) => (handles[i] as { v: number }).v)
  const targetU = at((i) => (targets[i] as { u: number }).u)
  const targetV = at((i) => (targets[i] as { v: number }).v)
  const forward: DisplacementField = {
    anchorU: handleU,
    anchorV: handleV,
    du: at((i) => targetU[i]! - handleU[i]!),
    dv: at((i) => targetV[i]! - handleV[i]!),
    power,
  }
  const reverse: DisplacementField = {
    anchorU: targetU,
    anchorV: targetV,
    du: forward.du.map((d) => -d),
    dv: forward.dv.map((d) => -d),
    power,
  }
  return { forward, reverse }
}

function displace(part: MaskPart, grid: TokenGrid, forward: DisplacementField): Moved {
  const count = part.tokens.length
  const moved = {
    u: new Float64Array(count),
    v: new Float64Array(count),
    du: new Float64Array(count),
    dv: new Float64Array(count),
  }
  const d: Displacement = { du: 0, dv: 0 }
  part.tokens.forEach((token, i) => {
    const row = Math.floor(token / grid.cols)
    const col = token - row * grid.cols
    evaluateField(forward, col, row, d)
    moved.u[i] = col + d.du
    moved.v[i] = row + d.dv
    moved.du[i] = d.du
    moved.dv[i] = d.dv
  })
  return moved
}

/**
 * Hull of the displaced tokens as unit squares. Only squares whose centres are on the hull of all
 * centres can touch it.
 */
function hullOf(moved: Moved): Hull {
  const centres = convexHull(moved.u, moved.v)
  const count = centres.u.length
  const u = new Float64Array(4 * count)
  const v = new Float64Array(4 * count)
  for (let i = 0; i < count; i++) {
    for (let corner = 0; corner < 4; corner++) {
      u[4 * i + corner] = centres.u[i]! + (corner & 1 ? 0.5 : -0.5)
      v[4 * i + corner] = centres.v[i]! + (corner & 2 ? 0.5 : -0.5)
    }
  }
  return convexHull(u, v)
}

/**
 * `forward-source`: each source token moves to its rounded position. Tokens that leave the grid are
 * dropped; if several land on one target, the smallest index wins.
 */
function landForward(part: MaskPart, grid: TokenGrid, moved: Moved, land: Land): void {
  part.tokens.forEach((token, i) => {
    const target = landingOf(token, i, grid, moved)
    if (target !== -1) land(target, token, 0)
  })
}

/** The token at the rounded displaced position of the part's `i`-th token; -1 off the grid. */
function landingOf(token: number, i: number, { rows, cols }: TokenGrid, moved: Moved): number {
  const row = Math.floor(token / cols)
  const targetRow = row + roundDisplacement(moved.dv[i]!)
  const targetCol = token - row * cols + roundDisplacement(moved.du[i]!)
  if (targetRow < 0 || targetRow >= rows || targetCol < 0 || targetCol >= cols) return -1
  return targetRow * cols + targetCol
}

function leavingCount(part: MaskPart, grid: TokenGrid, moved: Moved): number {
  if (staysInside(grid, moved)) return 0
  let count = 0
  for (let i = 0; i < part.tokens.length; i++)
    if (landingOf(part.tokens[i] as number, i, grid, moved) === -1) count++
  return count
}

/** True where no token's centre leaves those of the grid: rounding then moves none off it either. */
function staysInside({ rows, cols }: TokenGrid, { u, v }: Moved): boolean {
  for (let i = 0; i < u.length; i++)
    if (u[i]! < 0 || u[i]! > cols - 1 || v[i]! < 0 || v[i]! > rows - 1) return false
  return true
}

/**
 * Follows the reverse field back from each token in the hull. The token is in M_DST if that leads to
 * a token of the same part.
 */
function landReverse(
  grid: TokenGrid,
  hull: Hull,
  reverse: ReverseField,
  partOf: Int32Array,
  label: number,
  land: Land,
): void {
  const firstRow = Math.max(0, Math.floor(Math.min(...hull.v)))
  const lastRow = Math.min(grid.rows - 1, Math.ceil(Math.max(...hull.v)))
  const firstCol = Math.max(0, Math.floor(Math.min(...hull.u)))
  const lastCol = Math.min(grid.cols - 1, Math.ceil(Math.max(...hull.u)))
  const w: Displacement = { du: 0, dv: 0 }
  for (let row = firstRow; row <= lastRow; row++) {
    // A hull is convex: all tokens between the first and the last one inside are inside, too.
    let left = firstCol
    let right = lastCol
    while (left <= right && !insideHull(hull, left, row)) left++
    while (right > left && !insideHull(hull, right, row)) right--
    for (let col = left; col <= right; col++) {
      reverse(col, row, w)
      const sourceRow = row + roundDisplacement(w.dv)
      const sourceCol = col + roundDisplacement(w.du)
      if (sourceRow < 0 || sourceRow >= grid.rows || sourceCol < 0 || sourceCol >= grid.cols)
        continue
      const source = sourceRow * grid.cols + sourceCol
      if (partOf[source] !== label) continue
      const squared = (col + w.du - sourceCol) ** 2 + (row + w.dv - sourceRow) ** 2
      land(row * grid.cols + col, source, squared)
    }
  }
}

/** `reverse-user`: the user's vectors, reversed and anchored at the targets (Eq. 3). */
function userField(field: DisplacementField): ReverseField {
  return (u, v, out) => evaluateField(field, u, v, out)
}

const INFERRED_NEIGHBOURS = 4

/**
 * `reverse-inferred`: the reversed vectors of the 4 nearest displaced tokens of the part, weighted by
 * 1 / distance.
 */
function inferredField(part: MaskPart, moved: Moved): ReverseField {
  const count = part.tokens.length
  const nearest = new Int32Array(INFERRED_NEIGHBOURS)
  const keys = new Float64Array(INFERRED_NEIGHBOURS)
  return (u, v, out) => {
    let found = 0
    for (let i = 0; i < count; i++) {
      const distance = Math.hypot(u - moved.u[i]!, v - moved.v[i]!)
      // Distances are rounded to 1e-6 so that symmetric neighbours tie exactly; on a tie the smaller
      // token comes first.
      const key = Math.floor(distance * 1e6 + 0.5)
      if (found === INFERRED_NEIGHBOURS && key >= keys[found - 1]!) continue
      let at = found === INFERRED_NEIGHBOURS ? found - 1 : found++
      for (; at > 0 && keys[at - 1]! > key; at--) {
        keys[at] = keys[at - 1]!
        nearest[at] = nearest[at - 1]!
      }
      keys[at] = key
      nearest[at] = i
    }
    let sum = 0
    out.du = 0
    out.dv = 0
    for (let k = 0; k < found; k++) {
      const i = nearest[k]!
      const weight = 1 / (Math.hypot(u - moved.u[i]!, v - moved.v[i]!) + 1e-6)
      sum += weight
      out.du -= weight * moved.du[i]!
      out.dv -= weight * moved.dv[i]!
    }
    out.du /= sum
    out.dv /= sum
    return out
  }
}
