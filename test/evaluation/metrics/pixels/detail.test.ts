import { expect, test } from 'vitest'
import { detail } from '../../../../evaluation/metrics/pixels/detail.ts'
import { caseOf, dragged, drawn, flags, measured, never } from '../../drawn.ts'

const size = { width: 128, height: 64 }
const thing = (x: number, y: number) => x >= 20 && x < 44 && y >= 20 && y < 44
const landed = (x: number, y: number) => thing(x - 60, y)
/** A checkerboard about 128. Its Laplacian is 8 times its amplitude, with either sign. */
const board = (x: number, y: number, amplitude: number) => 128 + amplitude * ((x + y) % 2 ? -1 : 1)
const photo = drawn(size, (x, y) => board(x, y, thing(x, y) ? 40 : 10))
const mask = { ...size, data: flags(size, thing) }
const one = caseOf(size, [dragged([30, 30], [90, 30])], { mask: { kind: 'object', mask } })
/** The thing and its old place with these amplitudes. */
const resultOf = (there: number, left: number) =>
  drawn(size, (x, y) => board(x, y, landed(x, y) ? there : thing(x, y) ? left : 10))

test('is 0 for detail as it was, and as it is around', async () => {
  // The thing's border has the same Laplacian in both places.
  const columns = await detail.measure(measured(one, photo, resultOf(40, 10)), never)
  expect(columns['thing-blur']).toBe(0)
  expect(columns['thing-grain']).toBe(0)
  // Around the old place the photo's ring touches the thing, whose pixels are stronger.
  expect(columns['vacated-blur']).toBeLessThan(0.5)
})

test('is the octaves below or above', async () => {
  const inside = flags(size, (x, y) => x >= 21 && x < 43 && y >= 21 && y < 43)
  // Without the border pixels, the deviation of a board is 8 times its amplitude exactly.
  const small = caseOf(size, one.drags, {
    mask: { kind: 'object', mask: { ...size, data: inside } },
  })
  const octaves = Math.log2((8 * 40 + 1) / (8 * 20 + 1))
  const softer = await detail.measure(measured(small, photo, resultOf(20, 10)), never)
  expect(softer['thing-blur']).toBeCloseTo(octaves, 6)
  expect(softer['thing-grain']).toBe(0)
  const harder = await detail.measure(measured(small, photo, resultOf(80, 10)), never)
  expect(harder['thing-grain']).toBeCloseTo(Math.log2((8 * 80 + 1) / (8 * 40 + 1)), 6)
})

test('finds the vacated place blurred', async () => {
  const columns = await detail.measure(measured(one, photo, resultOf(40, 0)), never)
  expect(columns['vacated-blur']).toBeGreaterThan(1)
})

test('without a mask of the thing, only looks at the handles', async () => {
  const bare = caseOf(size, one.drags)
  const columns = await detail.measure(measured(bare, photo, resultOf(20, 0)), never)
  expect(Object.keys(columns)).toEqual(['thing-blur', 'thing-grain'])
  // Unless the engine says what it moved.
  const moved = measured(bare, photo, resultOf(20, 0), { moved: mask })
  expect((await detail.measure(moved, never))['vacated-blur']).toBeGreaterThan(1)
})
