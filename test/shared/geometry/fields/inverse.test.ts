/** The way back of fields that have one in closed form, and of one that presses places together. */

import { expect, test } from 'vitest'
import type { Displacement } from '../../../../shared/geometry/displacement.ts'
import { inverseOf } from '../../../../shared/geometry/fields/inverse.ts'

type Evaluate = (u: number, v: number, out: Displacement) => void

const nowhere: Evaluate = (_u, _v, out) => Object.assign(out, { du: 0, dv: 0 })
const field =
  (to: (u: number, v: number) => readonly [number, number]): Evaluate =>
  (u, v, out) => {
    const [x, y] = to(u, v)
    out.du = x - u
    out.dv = y - v
  }
/** Where what lands at a place comes from. */
const from = (of: Evaluate, u: number, v: number) => {
  const out = { du: 0, dv: 0 }
  inverseOf(of, nowhere)(u, v, out)
  return [u + out.du, v + out.dv] as const
}

test.each<[string, Evaluate, Evaluate]>([
  ['a move', field((u, v) => [u + 7, v - 3]), field((u, v) => [u - 7, v + 3])],
  ['a shear', field((u, v) => [u + v / 2, v]), field((u, v) => [u - v / 2, v])],
  ['a quarter turn', field((u, v) => [-v, u]), field((u, v) => [v, -u])],
  ['a squeeze to a tenth', field((u, v) => [u, v / 10]), field((u, v) => [u, v * 10])],
  ['a cube', field((u, v) => [u, v + v ** 3 / 100]), nowhere],
])('%s', (name, there, back) => {
  for (const [u, v] of [
    [0, 0],
    [13, 5],
    [-40, 8],
  ] as const) {
    const [x, y] = from(there, u, v)
    const out = { du: 0, dv: 0 }
    there(x, y, out)
    expect(Math.hypot(x + out.du - u, y + out.dv - v)).toBeLessThan(0.02)
    if (name === 'a cube') continue
    back(u, v, out)
    expect(Math.hypot(u + out.du - x, v + out.dv - y)).toBeLessThan(0.25)
  }
})
