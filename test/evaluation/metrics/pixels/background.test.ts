import { expect, test } from 'vitest'
import { background } from '../../../../evaluation/metrics/pixels/background.ts'
import { packMask } from '../../../../shared/files/packed-mask.ts'
import { caseOf, dragged, drawn, flags, measured, never } from '../../drawn.ts'

const size = { width: 10, height: 10 }
const drags = [dragged([1, 1], [3, 1])]
/** The left half may change. */
const left = { ...size, data: flags(size, (x) => x < 5) }
const photo = drawn(size, () => 100)

test('counts and weighs what changed outside an editable mask', async () => {
  const one = caseOf(size, drags, { mask: { kind: 'editable', mask: left } })
  // Of 50 pixels outside, two changed by 10 and one in one channel by 20; inside everything did.
  const result = drawn(size, (x, y) => {
    if (x < 5) return 0
    if (y === 0 && x < 7) return 110
    return y === 9 && x === 9 ? [100, 120, 100] : 100
  })
  const columns = await background.measure(measured(one, photo, result), never)
  expect(columns['changed-percent']).toBeCloseTo(6, 9)
  const meanSquare = (2 * 3 * 10 ** 2 + 20 ** 2) / (3 * 50)
  expect(columns.psnr).toBeCloseTo(10 * Math.log10(255 ** 2 / meanSquare), 9)
})

test('looks outside the edit region of the record if the case has no editable mask', async () => {
  const record = { editRegion: await packMask(left) }
  const inside = drawn(size, (x) => (x < 5 ? 0 : 100))
  const outside = drawn(size, (x) => (x < 5 ? 100 : 0))
  const of = (result: typeof photo) =>
    background.measure(measured(caseOf(size, drags), photo, result, { record }), never)
  expect(await of(inside)).toEqual({ psnr: 100, 'changed-percent': 0 })
  expect((await of(outside))['changed-percent']).toBe(100)
})

test('prefers what a truth counts as outside', async () => {
  const none = new Uint32Array()
  const parts = { rim: none, inside: none, vacated: none, outside: Uint32Array.of(0, 99) }
  const mask = { kind: 'editable' as const, mask: left }
  const one = caseOf(size, drags, { mask, truth: { picture: photo, parts } })
  const result = drawn(size, (x, y) => (x === 0 && y === 0 ? 0 : 100))
  const columns = await background.measure(measured(one, photo, result), never)
  expect(columns['changed-percent']).toBe(50)
})

test('of a case with an object mask, what is far from the thing and from its target is outside', async () => {
  const wide = { width: 64, height: 32 }
  const mask = { ...wide, data: flags(wide, (x, y) => x < 2 && y < 2) }
  const one = caseOf(wide, [dragged([0, 0], [20, 0])], { mask: { kind: 'object', mask } })
  const before = drawn(wide, () => 100)
  const of = (isChanged: (x: number, y: number) => boolean) => {
    const after = drawn(wide, (x, y) => (isChanged(x, y) ? 0 : 100))
    return background.measure(measured(one, before, after), never)
  }
  // Two pixels around: columns 0 to 3 and 18 to 23, rows 0 to 3.
  const near = (x: number, y: number) => y < 4 && (x < 4 || (x >= 18 && x < 24))
  expect(await of(near)).toEqual({ psnr: 100, 'changed-percent': 0 })
  const more = await of((x, y) => near(x, y) || (x === 24 && y === 0))
  expect(more['changed-percent']).toBeCloseTo(100 / (64 * 32 - 4 * 10), 9)
})

test('says nothing where nobody says what may change', async () => {
  expect(await background.measure(measured(caseOf(size, drags), photo, photo), never)).toEqual({})
})
