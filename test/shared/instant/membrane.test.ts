/** Corrections with wanted steps: against closed forms, and against plain relaxation. */

import { expect, test } from 'vitest'
import { Membrane } from '../../../shared/instant/fill/membrane.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'

/** Sums of wanted steps from those across (`to` has the step from its left neighbour). */
function sumsOf(width: number, height: number, steps: readonly [to: number, step: number][]) {
  const sums = new Float32Array(width * height)
  for (const [to, step] of steps) {
    sums[to] = (sums[to] ?? 0) + step
    sums[to - 1] = (sums[to - 1] ?? 0) - step
  }
  return sums
}

test('a step between two known ends is shared by all that lies between', () => {
  const hole = Uint8Array.from([0, 1, 1, 1, 1, 1, 1, 1, 0])
  const membrane = new Membrane({ width: 9, height: 1 }, hole, null, 0)
  // Eight steps that add up to nothing: each of them is one less than wanted.
  const values = membrane.solve(sumsOf(9, 1, [[4, 8]]))
  const wanted = [0, -1, -2, -3, 4, 3, 2, 1, 0]
  values.forEach((value, at) => {
    expect(value).toBeCloseTo(wanted[at] ?? Number.NaN, 3)
  })
})

test('one pixel between four known ones, held back by the screen', () => {
  const hole = Uint8Array.from([0, 0, 0, 0, 1, 0, 0, 0, 0])
  const solve = (screen: number) =>
    new Membrane({ width: 3, height: 3 }, hole, null, screen).solve(sumsOf(3, 3, [[4, 10]]))[4]
  expect(solve(0)).toBeCloseTo(10 / 4, 5)
  expect(solve(1)).toBeCloseTo(10 / 5, 5)
})

test('beyond the frame nothing is known: a step into a hole there lifts all of it', () => {
  // All but the first column.
  const [width, height] = [40, 30]
  const hole = Uint8Array.from({ length: width * height }, (_, at) => (at % width === 0 ? 0 : 1))
  const steps = Array.from({ length: height }, (_, row): [number, number] => [row * width + 1, 6])
  const values = new Membrane({ width, height }, hole, null, 0).solve(sumsOf(width, height, steps))
  for (const at of [1, 20, 39, 29 * width + 39]) expect(values[at]).toBeCloseTo(6, 0)
})

test('what is absent holds nothing: a step into a hole before it lifts all of that', () => {
  // The first column is known, and the last ten are absent.
  const [width, height] = [40, 30]
  const at = Array.from({ length: width * height }, (_, index) => index % width)
  const hole = Uint8Array.from(at, (x) => (x > 0 && x < 30 ? 1 : 0))
  const absent = Uint8Array.from(at, (x) => (x >= 30 ? 1 : 0))
  const steps = Array.from({ length: height }, (_, row): [number, number] => [row * width + 1, 6])
  const sums = sumsOf(width, height, steps)
  const values = new Membrane({ width, height }, hole, absent, 0).solve(sums)
  for (const index of [1, 15, 29, 29 * width + 29]) expect(values[index]).toBeCloseTo(6, 0)
  expect([values[30], values[39]]).toEqual([0, 0])
  const pinned = new Membrane({ width, height }, hole, null, 0).solve(sums)
  expect(pinned[29]).toBeLessThan(1)
})

test('a large hole is what thousands of sweeps make of it', () => {
  const [width, height, screen] = [31, 25, 1e-3]
  const random = randomNumbers(3)
  const isHole = (x: number, y: number) => (x - 15) ** 2 / 2 + (y - 10) ** 2 < 100
  const hole = Uint8Array.from({ length: width * height }, (_, at) =>
    isHole(at % width, Math.floor(at / width)) ? 1 : 0,
  )
  const steps = Array.from({ length: 80 }, (): [number, number] => [
    1 + Math.floor(random() * (width * height - 1)),
    20 * random() - 10,
  ]).filter(([to]) => to % width !== 0)
  const sums = sumsOf(width, height, steps)
  const plain = new Float64Array(width * height)
  for (let sweep = 0; sweep < 800; sweep++)
    for (let at = hole.indexOf(1); at !== -1; at = hole.indexOf(1, at + 1)) {
      const [x, y] = [at % width, Math.floor(at / width)]
      const near = [
        ...(x > 0 ? [at - 1] : []),
        ...(x < width - 1 ? [at + 1] : []),
        ...(y > 0 ? [at - width] : []),
        ...(y < height - 1 ? [at + width] : []),
      ]
      const around = near.reduce((sum, other) => sum + (plain[other] ?? 0), 0)
      plain[at] = ((sums[at] ?? 0) + around) / (near.length + screen)
    }
  const values = new Membrane({ width, height }, hole, null, screen).solve(sums)
  const most = plain.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  values.forEach((value, at) => {
    expect(Math.abs(value - (plain[at] ?? 0))).toBeLessThan(0.03 * most)
  })
})
