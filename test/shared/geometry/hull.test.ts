import { expect, test } from 'vitest'
import { convexHull, insideHull } from '../../../shared/geometry/hull.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'

test('the hull of a square with points inside and on its edges is its four corners', () => {
  const hull = convexHull(
    Float64Array.of(0, 4, 4, 0, 2, 2, 1),
    Float64Array.of(0, 0, 4, 4, 0, 2, 3),
  )
  expect([...hull.u].map((u, i) => [u, hull.v[i]]).sort()).toEqual([
    [0, 0],
    [0, 4],
    [4, 0],
    [4, 4],
  ])
})

test('one point, equal points and collinear points have a degenerate hull', () => {
  const at = (...points: [number, number][]) => {
    const hull = convexHull(
      Float64Array.from(points, (p) => p[0]),
      Float64Array.from(points, (p) => p[1]),
    )
    return [...hull.u].map((u, i) => [u, hull.v[i]])
  }
  expect(at([2, 3])).toEqual([[2, 3]])
  expect(new Set(at([2, 3], [2, 3], [2, 3]).map(String))).toEqual(new Set(['2,3']))
  expect(at([0, 0], [1, 1], [3, 3], [2, 2])).toEqual([
    [0, 0],
    [3, 3],
  ])
  expect(at([1, 5], [1, 2])).toEqual([
    [1, 2],
    [1, 5],
  ])
})

test('points inside, on the border and up to 1e-9 outside count as inside; others do not', () => {
  const hull = convexHull(Float64Array.of(0, 1, 1, 0), Float64Array.of(0, 0, 1, 1))
  expect(insideHull(hull, 0.5, 0.5)).toBe(true)
  expect(insideHull(hull, 1, 0.3)).toBe(true)
  expect(insideHull(hull, 1 + 5e-10, 0.3)).toBe(true)
  expect(insideHull(hull, 1 + 2e-9, 0.3)).toBe(false)
  expect(insideHull(hull, -0.1, 0.5)).toBe(false)
})

test('in random sets every point is inside the hull, and all points are on one side of every edge', () => {
  const random = randomNumbers(3)
  for (let round = 0; round < 50; round++) {
    const count = 3 + Math.floor(random() * 200)
    const u = Float64Array.from({ length: count }, () => Math.round(random() * 40) / 4)
    const v = Float64Array.from({ length: count }, () => random() * 10)
    const hull = convexHull(u, v)
    for (let i = 0; i < count; i++)
      expect(insideHull(hull, u[i] as number, v[i] as number)).toBe(true)
    // Every vertex is a strict corner.
    for (let k = 0; k < hull.u.length; k++) {
      const without = { u: hull.u.filter((_, i) => i !== k), v: hull.v.filter((_, i) => i !== k) }
      if (without.u.length >= 3)
        expect(insideHull(without, hull.u[k] as number, hull.v[k] as number)).toBe(false)
    }
  }
})
