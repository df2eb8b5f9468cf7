import { expect, test } from 'vitest'
import { movedAlpha } from '../../../gpu-worker/photo/moved-alpha.ts'

/** 8 tokens of 4x4 pixels in one row. Token 1 moves to token 5. */
const photo = { width: 32, height: 4 }
const plan = {
  grid: { rows: 1, cols: 8 },
  sourceMask: [1],
  targets: [5],
  sources: [1],
}
/** Alphas of columns, the same in each row. */
const columns = (alphas: number[]) => Uint8Array.from([...alphas, ...alphas, ...alphas, ...alphas])
const row = (alpha: Uint8Array) => [...alpha.subarray(0, 32)]
const opaque = (value: number, from: number, to: number) =>
  Array.from({ length: 32 }, (_, x) => (x >= from && x < to ? value : 0))

test('a cut-out moves, and leaves transparency', () => {
  const moved = movedAlpha(columns(opaque(255, 4, 8)), photo, plan, null)
  expect(row(moved)).toEqual(opaque(255, 20, 24))
})

test('a cut-out moves to its last pixel, beside the source tokens too', () => {
  const moved = movedAlpha(columns(opaque(200, 3, 10)), photo, plan, null)
  expect(row(moved)).toEqual(opaque(200, 19, 26))
})

test('of what goes on, only the source tokens move, over what is there', () => {
  const alphas = Array.from({ length: 32 }, (_, x) => (x < 14 ? 255 : x < 22 ? 128 : 0))
  const moved = row(movedAlpha(columns(alphas), photo, plan, null))
  expect(moved.slice(0, 20)).toEqual(alphas.slice(0, 20))
  expect(moved.slice(20)).toEqual([255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0])
})

test('half over half is three quarters', () => {
  const alphas = opaque(128, 4, 8).map((value, x) => (x >= 20 && x < 24 ? 128 : value))
  const moved = row(movedAlpha(columns(alphas), photo, plan, null))
  expect(moved).toEqual(opaque(192, 20, 24))
})

test('where pixels are kept it does not change', () => {
  const moved = movedAlpha(columns(opaque(255, 4, 8)), photo, plan, (x) => x >= 22)
  expect(row(moved)).toEqual(opaque(255, 20, 22))
})

test('an opaque photo stays opaque', () => {
  const alpha = columns(opaque(255, 0, 32))
  expect(movedAlpha(alpha, photo, plan, null)).toEqual(alpha)
})
