import { expect, test } from 'vitest'
import { FeatureGrid } from '../../../../evaluation/metrics/features/feature-grid.ts'
import {
  sourceToSource,
  sourceToTarget,
} from '../../../../evaluation/metrics/features/similarity.ts'
import { landingOf } from '../../../../evaluation/metrics/regions/landing.ts'
import { caseOf, dragged, flags } from '../../drawn.ts'

const size = { width: 64, height: 32 }
/** A thing in the left half moves to the right half. */
const left = flags(size, (x) => x < 32)
const one = caseOf(size, [dragged([10, 10], [42, 10])], {
  mask: { kind: 'object', mask: { ...size, data: left } },
})
/** Two halves, each with one vector. */
const halves = (first: readonly [number, number], second: readonly [number, number]) =>
  new FeatureGrid(
    Float32Array.of(first[0], second[0], first[1], second[1]),
    [2, 1, 2],
    size,
    'nearest',
  )

test('a thing that went is like itself at its target, and unlike at its old place', () => {
  const pair = { photo: halves([1, 0], [0, 1]), result: halves([0, 1], [1, 0]) }
  expect(sourceToTarget(pair, landingOf(one))).toBeCloseTo(1, 6)
  expect(sourceToSource(pair, landingOf(one))).toBeCloseTo(0, 6)
})

test('a photo that nobody edited is the other way round', () => {
  const same = halves([1, 0], [0, 1])
  expect(sourceToTarget({ photo: same, result: same }, landingOf(one))).toBeCloseTo(0, 6)
  expect(sourceToSource({ photo: same, result: same }, landingOf(one))).toBeCloseTo(1, 6)
})

test('is the cosine, not the product', () => {
  const pair = { photo: halves([3, 0], [0, 1]), result: halves([0, 1], [2, 2]) }
  expect(sourceToTarget(pair, landingOf(one))).toBeCloseTo(Math.SQRT1_2, 6)
})
