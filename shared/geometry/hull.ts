/** Convex hull of a set of points, and whether a point is inside. Knows nothing of tokens. */

/** Hull vertices `u, v`, ordered so that the inside is on the positive side of every edge. */
export type Hull = { readonly u: Float64Array; readonly v: Float64Array }

/** Cross product of `b - a` and `c - a`. */
function cross(ua: number, va: number, ub: number, vb: number, uc: number, vc: number): number {
  return (ub - ua) * (vc - va) - (vb - va) * (uc - ua)
}

/**
 * Convex hull (Andrew's monotone chain) of the points `(u[i], v[i])`. Collinear points give two
 * vertices, equal points one.
 */
export function convexHull(u: Float64Array, v: Float64Array): Hull {
  const order = outerPoints(u, v).sort((a, b) => u[a]! - u[b]! || v[a]! - v[b]!)
  const chain: number[] = []
  const grow = (index: number, floor: number) => {
    while (chain.length >= floor + 2) {
      const a = chain[chain.length - 2]!
      const b = chain[chain.length - 1]!
      const turn = cross(u[a]!, v[a]!, u[b]!, v[b]!, u[index]!, v[index]!)
      if (turn > 0) break
      chain.pop()
    }
    chain.push(index)
  }
  for (const index of order) grow(index, 0)
  const floor = chain.length - 1
  for (let i = order.length - 2; i >= 0; i--) grow(order[i]!, floor)
  // The last vertex is the first one again.
  if (chain.length > 1) chain.pop()
  return {
    u: Float64Array.from(chain, (i) => u[i]!),
    v: Float64Array.from(chain, (i) => v[i]!),
  }
}

/**
 * Drops all points strictly inside the octagon of the extreme points (Akl-Toussaint). They are never
 * on the hull, and only the few that remain have to be sorted.
 */
function outerPoints(u: Float64Array, v: Float64Array): number[] {
  const [minU, maxU] = extremes(u, v, 1, 0)
  const [minV, maxV] = extremes(u, v, 0, 1)
  const [minSum, maxSum] = extremes(u, v, 1, 1)
  const [minTurn, maxTurn] = extremes(u, v, -1, 1)
  const corners = [maxU, maxSum, maxV, maxTurn, minU, minSum, minV, minTurn]
  const cornerU = Float64Array.from(corners, (i) => u[i]!)
  const cornerV = Float64Array.from(corners, (i) => v[i]!)
  // A point may be extreme in two directions; the edge between them has no length.
  const sides = [0, 1, 2, 3, 4, 5, 6, 7].filter((k) => {
    const next = (k + 1) % 8
    return cornerU[k] !== cornerU[next] || cornerV[k] !== cornerV[next]
  })
  const kept: number[] = []
  for (let i = 0; i < u.length; i++) {
    let inside = sides.length > 0
    for (let n = 0; n < sides.length && inside; n++) {
      const k = sides[n]!
      const next = (k + 1) % 8
      inside = cross(cornerU[k]!, cornerV[k]!, cornerU[next]!, cornerV[next]!, u[i]!, v[i]!) > 1e-9
    }
    if (!inside) kept.push(i)
  }
  return kept
}

/** Indices of the smallest and the largest `a u + b v`; on a tie the first. */
function extremes(u: Float64Array, v: Float64Array, a: number, b: number): [number, number] {
  let smallest = Number.POSITIVE_INFINITY
  let largest = Number.NEGATIVE_INFINITY
  let first = 0
  let last = 0
  for (let i = 0; i < u.length; i++) {
    const value = a * u[i]! + b * v[i]!
    if (value < smallest) {
      smallest = value
      first = i
    }
    if (value > largest) {
      largest = value
      last = i
    }
  }
  return [first, last]
}

/** True if `(u, v)` is inside the hull or on it, that is, if no cross product is below -1e-9. */
export function insideHull(hull: Hull, u: number, v: number): boolean {
  const count = hull.u.length
  for (let i = 0; i < count; i++) {
    const next = i + 1 === count ? 0 : i + 1
    const turn = cross(hull.u[i]!, hull.v[i]!, hull.u[next]!, hull.v[next]!, u, v)
    if (turn < -1e-9) return false
  }
  return true
}
