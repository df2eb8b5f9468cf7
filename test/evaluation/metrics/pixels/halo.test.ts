import { expect, test } from 'vitest'
import { halo } from '../../../../evaluation/metrics/pixels/halo.ts'
import { caseOf, dragged, drawn, flags, measured, never } from '../../drawn.ts'

const size = { width: 256, height: 128 }
/** A square of 30 pixels moves by 100 to the right, from a dark ground to a bright one. */
const square =
  (left: number, rim = 0) =>
  (x: number, y: number) =>
    x >= left - rim && x < left + 30 + rim && y >= 40 - rim && y < 70 + rim
const thing = square(40)
const landed = square(140)
const ground = (x: number): number => (x < 120 ? 40 : 200)
const photo = drawn(size, (x, y) => (thing(x, y) ? [255, 0, 0] : ground(x)))
const mask = { ...size, data: flags(size, thing) }
const one = caseOf(size, [dragged([50, 50], [150, 50])], { mask: { kind: 'object', mask } })
/** A result whose ring of three pixels around the landed thing has this grey. */
const withRing = (grey: number) =>
  drawn(size, (x, y) => {
    if (landed(x, y)) return [255, 0, 0]
    return square(140, 3)(x, y) ? grey : ground(x)
  })
const shareOf = async (grey: number) =>
  (await halo.measure(measured(one, photo, withRing(grey)), never)).share

test('is 0 on a clean ground, 1 with the old ground around, and between them in proportion', async () => {
  expect(await shareOf(200)).toBe(0)
  expect(await shareOf(40)).toBeCloseTo(1, 9)
  expect(await shareOf(160)).toBeCloseTo(0.25, 9)
})

test('is not asked of the first pixel, where outlines are soft', async () => {
  const soft = drawn(size, (x, y) => {
    if (landed(x, y)) return [255, 0, 0]
    return square(140, 1)(x, y) ? 40 : ground(x)
  })
  expect(await halo.measure(measured(one, photo, soft), never)).toEqual({ share: 0 })
})

test('with a loose mask, the thing is what the engine says it moved', async () => {
  const loose = { kind: 'editable' as const, mask: { ...size, data: flags(size, () => true) } }
  const of = async (edited: object) =>
    await halo.measure(
      measured(caseOf(size, one.drags, { mask: loose }), photo, withRing(160), edited),
      never,
    )
  expect((await of({ moved: mask })).share).toBeCloseTo(0.25, 9)
  expect(await of({})).toEqual({})
})

test('is unknown where the grounds look alike, and without a mask of the thing', async () => {
  const flat = drawn(size, (x, y) => (thing(x, y) ? [255, 0, 0] : 100))
  expect(await halo.measure(measured(one, flat, flat), never)).toEqual({})
  const bare = caseOf(size, one.drags)
  expect(await halo.measure(measured(bare, photo, withRing(40)), never)).toEqual({})
})

test('is not asked where the thing was', async () => {
  // From 100 to 120: the ring's left side is where the thing was, and the filling there is no halo.
  const near = drawn(size, (x, y) => (square(100)(x, y) ? [255, 0, 0] : ground(x)))
  const white = { ...size, data: flags(size, square(100)) }
  const drags = [dragged([110, 50], [130, 50])]
  const short = caseOf(size, drags, { mask: { kind: 'object', mask: white } })
  const clean = drawn(size, (x, y) => (square(120)(x, y) ? [255, 0, 0] : ground(x)))
  expect(await halo.measure(measured(short, near, clean), never)).toEqual({ share: 0 })
})
