import { expect, test } from 'vitest'
import { originsOf } from '../../../../gpu-worker/photo/restore/origins.ts'
import type { DragPlan } from '../../../../shared/geometry/plan.ts'

const photo = { width: 256, height: 128 }
/** Tokens of 32 pixels: 9 moves to 11, 25 to 29, and 14 has nothing to do with either. */
const plan: DragPlan = {
  grid: { rows: 4, cols: 8 },
  sourceMask: [9, 25],
  targets: [11, 29],
  sources: [9, 25],
  view: { tokens: [], positions: [] },
  doubleView: [],
  editRegion: [9, 11, 14, 25, 29],
}
const drag = (x: number, y: number, by: number) => ({
  handle: { x, y },
  target: { x: x + by, y },
})
const seen = (origin: ReturnType<typeof originsOf>[number]) => {
  const found = new Map<number, Set<string>>()
  origin.each((x, y, dx, dy) => {
    const token = Math.floor(y / 32) * 8 + Math.floor(x / 32)
    const shifts = found.get(token) ?? new Set<string>()
    found.set(token, shifts.add(`${Math.round(dx)},${Math.round(dy) || 0}`))
  })
  return Object.fromEntries([...found].map(([token, shifts]) => [token, [...shifts]]))
}

test('the pixels of a target token follow the drags of their own part, or whole tokens, or stay', () => {
  const parts = [[drag(48, 48, 60)], [drag(48, 112, 131)]]
  const [field, tokens, stayed] = originsOf(photo, plan, { power: 2, parts })
  expect(seen(field as never)).toEqual({ 11: ['-60,0'], 29: ['-131,0'] })
  expect(seen(tokens as never)).toEqual({ 11: ['-64,0'], 29: ['-128,0'] })
  // Not the vacated ones.
  expect(seen(stayed as never)).toEqual({ 11: ['0,0'], 14: ['0,0'], 29: ['0,0'] })
})

test('one part has all source tokens, also if they do not touch', () => {
  const parts = [[drag(48, 48, 60), drag(48, 112, 60)]]
  const [field] = originsOf(photo, plan, { power: 2, parts })
  expect(seen(field as never)).toEqual({ 11: ['-60,0'], 29: ['-60,0'] })
})

test('a motion of another plan is a fault', () => {
  expect(() => originsOf(photo, plan, { power: 2, parts: [] })).toThrow(/source token 9/)
})

test('parts that touch are told apart by what the plan says of each token', () => {
  const parts = [[drag(48, 48, 60)], [drag(48, 112, 131)]]
  const touching = { ...plan, sourceMask: [9, 17], sources: [9, 17] }
  const [field] = originsOf(photo, touching, { power: 2, parts, partOf: [0, 1] })
  expect(seen(field as never)).toEqual({ 11: ['-60,0'], 29: ['-131,0'] })
})
