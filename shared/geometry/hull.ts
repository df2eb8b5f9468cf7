/** Convex hull of a cloud of points and the test for being inside it. Knows nothing of tokens. */

/** Hull vertices `u, v`, ordered so that the inside is on the positive side of every edge. */
export type Hull = { readonly u: Float64Array; readonly v: Float64Array }

/** Cross product of `b - a` and `c - a`. */
function cross(ua: number, va: number, ub: number, vb: number, uc: number, vc: number): number {
  return (ub - ua) * (vc - va) - (vb - va) * (uc - ua)
}

/**
 * Convex hull (Andrew's monotone chain) of the points `(u[i], v[i])`, which must not all lie on one
 * line.
 */
export function convexHull(u: Float64Array, v: Float64Array): Hull {
  const order = outerPoints(u, v).sort(
    (a, b) => (u[a] as number) - (u[b] as number) || (v[a] as number) - (v[b] as number),
  )
  const chain: number[] = []
  const grow = (index: number, floor: number) => {
    while (chain.length >= floor + 2) {
      const a = chain[chain.length - 2] as number
      const b = chain[chain.length - 1] as number
      const turn = cross(
        u[a] as number,
        v[a] as number,
        u[b] as number,
        v[b] as number,
        u[index] as number,
        v[index] as number,
      )
      if (turn > 0) break
      chain.pop()
    }
    chain.push(index)
  }
  for (const index of order) grow(index, 0)
  const floor = chain.length - 1
  for (let i = order.length - 2; i >= 0; i--) grow(order[i] as number, floor)
  chain.pop()
  return {
    u: Float64Array.from(chain, (i) => u[i] as number),
    v: Float64Array.from(chain, (i) => v[i] as number),
  }
}

/**
 * Drops what lies strictly inside the octagon of the extreme points (Akl-Toussaint): no such point
 * is on the hull, and sorting the few that are left is what makes the hull cheap.
 */
function outerPoints(u: Float64Array, v: Float64Array): number[] {
  const directions = [
    [1, 0],
    [1, 1],
    [0, 1],
    [-1, 1],
    [-1, 0],
    [-1, -1],
    [0, -1],
    [1, -1],
  ] as const
  const cornerU: number[] = []
  const cornerV: number[] = []
  for (const [a, b] of directions) {
    let best = 0
    let bestValue = Number.NEGATIVE_INFINITY
    for (let i = 0; i < u.length; i++) {
      const value = a * (u[i] as number) + b * (v[i] as number)
      if (value > bestValue) {
        bestValue = value
        best = i
      }
    }
    cornerU.push(u[best] as number)
    cornerV.push(v[best] as number)
  }
  const kept: number[] = []
  for (let i = 0; i < u.length; i++) {
    let inside = true
    for (let k = 0; k < 8 && inside; k++) {
      const next = (k + 1) % 8
      const ua = cornerU[k] as number
      const va = cornerV[k] as number
      const ub = cornerU[next] as number
      const vb = cornerV[next] as number
      // One point can be the extreme of two directions; such an edge has no side.
      if (ua === ub && va === vb) continue
      inside = cross(ua, va, ub, vb, u[i] as number, v[i] as number) > 1e-9
    }
    if (!inside) kept.push(i)
  }
  return kept
}

/** True if `(u, v)` is inside or on the hull: every cross product is at least -1e-9. */
export function insideHull(hull: Hull, u: number, v: number): boolean {
  const count = hull.u.length
  for (let i = 0; i < count; i++) {
    const next = i + 1 === count ? 0 : i + 1
    const turn = cross(
      hull.u[i] as number,
      hull.v[i] as number,
      hull.u[next] as number,
      hull.v[next] as number,
      u,
      v,
    )
    if (turn < -1e-9) return false
  }
  return true
}
