/** Warnings of plans. Tokens of the drawings are squares; shares are counted by hand. */

import { describe, expect, test } from 'vitest'
import type { Drag } from '../../../shared/drag.ts'
import { defaultPlanOptions, planDrags } from '../../../shared/geometry/plan.ts'
import { checkMoves, nothingMoves } from '../../../shared/geometry/warnings.ts'
import type { Mask } from '../../../shared/mask.ts'
import { drag, draw } from '../../fixtures/drawing.ts'

/** 64 x 64 tokens of 16 pixels. */
const image = { width: 1024, height: 1024 }
const grid = { rows: 64, cols: 64 }

function rectangles(...all: readonly (readonly [number, number, number, number])[]): Mask {
  const data = new Uint8Array(1024 * 1024)
  for (const [left, top, width, height] of all)
    for (let y = top; y < top + height; y++) data.fill(1, y * 1024 + left, y * 1024 + left + width)
  return { ...image, data }
}
const move = (x: number, y: number, dx: number, dy: number): Drag => ({
  handle: { x, y },
  target: { x: x + dx, y: y + dy },
})
const warningsOf = (mask: Mask, drags: readonly Drag[], options = {}) =>
  planDrags(image, grid, drags, mask, { ...defaultPlanOptions, ...options }).warnings

const square = rectangles([320, 320, 160, 160])

test('an ordinary edit has no warnings', () => {
  expect(warningsOf(square, [move(400, 400, 100, 40)])).toEqual([])
})

describe('nothing moves', () => {
  test.each([
    ['half a token', 8, 0],
    ['half a token in both directions', -8, 8],
    ['less', 3, 5],
  ])('by %s, and the warning says how far moves', (_, dx, dy) => {
    const [warning] = warningsOf(square, [move(400, 400, dx, dy)])
    expect(warning).toMatchObject({ code: 'nothing_moves', pixels: 8.1 })
    expect(warning?.message).toContain('8.1 pixels')
    expect(() => checkMoves([warning as NonNullable<typeof warning>])).toThrow('8.1 pixels')
  })

  test('and the smallest drag that it names does move', () => {
    for (const [dx, dy] of [
      [8.1, 0],
      [0, 8.1],
    ] as const) {
      const { targets, sources, warnings } = planDrags(
        image,
        grid,
        [move(400, 400, dx, dy)],
        square,
      )
      expect(warnings).toEqual([])
      expect(targets).not.toEqual(sources)
    }
  })

  test('named for the direction whose tokens are shorter', () => {
    // Squeezed to half its height: tokens of 10 x 5 pixels.
    const scene = draw('....', '.##.', '....')
    const flat = { width: 40, height: 15 }
    const drags = [{ handle: { x: 15, y: 7 }, target: { x: 16, y: 7 } }]
    const [warning] = planDrags(flat, scene.grid, drags, scene.mask).warnings
    expect(warning).toMatchObject({ code: 'nothing_moves', pixels: 2.6 })
    expect(warning?.message).toContain('5.1 pixels across or 2.6 pixels down')
  })

  test('though drags are long enough: then they cancel each other out', () => {
    const opposite = [move(400, 160, 0, 100), move(400, 640, 0, -100)]
    expect(nothingMoves(image, grid, opposite).message).toContain('cancel each other out')
  })
})

describe('a thin mask', () => {
  test('of 10 pixels on tokens of 16 moves as one token, and the warning names its drag', () => {
    // Columns 315 to 324: five pixels in each of two tokens, so only the handle's token moves.
    const line = rectangles([315, 100, 10, 200])
    const [warning, ...others] = warningsOf(line, [move(318, 200, 100, 0)])
    expect(others).toEqual([])
    // The handle's token holds 5 x 16 of the 2,000 pixels.
    expect(warning).toMatchObject({ code: 'thin_mask', drag: 0, share: 0.04 })
    expect(warning?.message).toMatch(
      /^thin mask: .*4 %.*drags\[0\].*1 of its tokens of 16x16 pixels/,
    )
  })

  test('that covers its tokens by half is not thin', () => {
    expect(warningsOf(rectangles([320, 96, 10, 192]), [move(325, 200, 100, 0)])).toEqual([])
  })

  test('is found beside a thing that is not thin', () => {
    const both = rectangles([315, 100, 10, 200], [600, 600, 160, 160])
    expect(warningsOf(both, [move(680, 680, 60, 0), move(318, 200, 100, 0)])).toMatchObject([
      { code: 'thin_mask', drag: 1, share: 0.04 },
    ])
  })
})

test('if more than half of the mask has no drag, the warning says so, unless it is pinned', () => {
  const two = rectangles([320, 320, 160, 160], [640, 320, 320, 160])
  const drags = [move(400, 400, 0, 100)]
  expect(warningsOf(two, drags)).toMatchObject([{ code: 'mask_stays', share: 0.3333 }])
  expect(warningsOf(two, [...drags, move(800, 400, 0, 0)])).toEqual([])
})

test('what leaves the image is a warning that says how much', () => {
  // Ten columns of tokens, of which four go beyond column 63.
  const edge = rectangles([800, 320, 160, 160])
  expect(warningsOf(edge, [move(880, 400, 128, 0)])).toMatchObject([
    { code: 'leaves_image', drag: 0, share: 0.4 },
  ])
  expect(warningsOf(edge, [move(880, 400, 128, 0)])[0]?.message).toContain('40 of 100 tokens')
  expect(warningsOf(edge, [move(880, 400, 60, 0)])).toEqual([])
})

test('the integers do not depend on warnings', () => {
  const scene = draw('......', '.##...', '......')
  const { warnings, ...plan } = planDrags(
    scene.image,
    scene.grid,
    [drag([1, 1], [1, 3])],
    scene.mask,
  )
  expect(warnings).toEqual([])
  expect(plan.targets).toEqual([9, 10])
})
