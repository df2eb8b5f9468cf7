import { expect, test } from 'vitest'
import { landedFrom, landingOf } from '../../../../evaluation/metrics/regions/landing.ts'
import { caseOf, dragged, flags } from '../../drawn.ts'

const size = { width: 40, height: 30 }
const at = (x: number, y: number) => y * size.width + x
const square = (x: number, y: number, side: number) => (a: number, b: number) =>
  a >= x && b >= y && a < x + side && b < y + side
const maskOf = (...shapes: ((x: number, y: number) => boolean)[]) => ({
  ...size,
  data: flags(size, (x, y) => shapes.some((shape) => shape(x, y))),
})

test('one drag moves its thing as it is', () => {
  const from = landedFrom(maskOf(square(5, 5, 4)), size, [dragged([6, 6], [16, 9])])
  const landed = [...from.entries()].filter(([, source]) => source !== -1)
  expect(landed).toHaveLength(16)
  expect(landed.every(([to, source]) => to - source === at(10, 3))).toBe(true)
})

test('two things are moved each by its own drag', () => {
  const drags = [dragged([6, 6], [6, 16]), dragged([29, 4], [24, 4])]
  const mask = maskOf(square(2, 3, 8), square(25, 3, 8))
  const from = landedFrom(mask, size, drags)
  const landed = [...from.entries()].filter(([, source]) => source !== -1)
  expect(landed).toHaveLength(2 * 64)
  const shifts = landed.map(([to, source]) => to - source)
  expect(shifts.filter((shift) => shift === at(0, 10))).toHaveLength(64)
  expect(shifts.filter((shift) => shift === -5)).toHaveLength(64)
})

test('a part without a handle is moved by all drags', () => {
  const from = landedFrom(maskOf(square(5, 5, 4), square(5, 12, 2)), size, [
    dragged([6, 6], [16, 6]),
  ])
  expect(from[at(15, 12)]).toBe(at(5, 12))
})

test('what leaves the frame lands nowhere', () => {
  const from = landedFrom(maskOf(square(5, 5, 4)), size, [dragged([6, 6], [6, 0])])
  // Rows 5 to 8 land at -1 to 2.
  expect(from.filter((source) => source !== -1)).toHaveLength(12)
})

test('without an object mask the thing is a disc at each moving handle, inside the editable mask', () => {
  const drags = [dragged([20, 15], [30, 15]), dragged([5, 5], [5, 5])]
  const disc = landingOf(caseOf(size, drags))
  // A tenth of the shorter side is 3 pixels.
  expect(disc.known).toBe(false)
  expect(disc.source[at(20, 13)]).toBe(1)
  expect(disc.source[at(20, 10)]).toBe(0)
  expect(disc.source[at(5, 5)]).toBe(0)
  const mask = { ...size, data: flags(size, (x) => x >= 20) }
  const cut = landingOf(caseOf(size, drags, { mask: { kind: 'editable', mask } }))
  expect(cut.source[at(19, 15)]).toBe(0)
  expect(cut.source[at(20, 15)]).toBe(1)
})

test('a thing moves as the engine was asked, whatever is scored', () => {
  const drags = [dragged([6, 6], [16, 9])]
  const mask = { kind: 'object' as const, mask: maskOf(square(5, 5, 4)) }
  const { from } = landingOf(caseOf(size, drags, { mask, scored: [dragged([6, 6], [6, 16])] }))
  expect(from[at(15, 8)]).toBe(at(5, 5))
})
