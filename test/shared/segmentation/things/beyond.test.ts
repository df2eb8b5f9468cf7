/** What drags bend where no thing moves. */

import { describe, expect, test } from 'vitest'
import { bentBy } from '../../../../shared/segmentation/things/beyond.ts'
import { dragOf, whiteOn } from '../../../fixtures/drawing.ts'

const SIZE = { width: 420, height: 280 }
const white = whiteOn.bind(null, SIZE)
const at = (data: Uint8Array, x: number, y: number) => data[y * SIZE.width + x]

describe('a place around a drag', () => {
  // 1/7 of the height for a short drag: 40 pixels; 3.5 times a longer one.
  test.each([
    [dragOf(200, 140, 210, 140), 40],
    [dragOf(200, 140, 220, 140), 70],
  ])('is wide for its drag, so that it is stretched by little', (drag, radius) => {
    const { moves, stays, within } = bentBy([{ drag, on: null }], SIZE)
    const { x } = drag.target
    expect([x + radius - 2, x + radius + 2].map((u) => at(moves.data, u, 140))).toEqual([1, 0])
    expect([200 - radius + 2, 200 - radius - 3].map((u) => at(moves.data, u, 140))).toEqual([1, 0])
    // Around it 1/24 of the width stays: 18 pixels.
    expect([2, 15, 20].map((more) => at(stays, x + radius + more, 140))).toEqual([1, 1, 0])
    expect(within).toEqual(moves)
  })
})

describe('a drag on a thing', () => {
  const pole = white([190, 20, 20, 240])
  const top = { drag: dragOf(200, 30, 200, 10), on: pole }

  test('bends that part of the thing, and nothing beside it', () => {
    const { moves, stays, within } = bentBy([top], SIZE)
    // 70 pixels from the handle, and 18 that stay.
    expect([98, 102].map((y) => at(moves.data, 200, y))).toEqual([1, 0])
    expect([98, 102, 115, 122].map((y) => at(stays, 200, y))).toEqual([0, 1, 1, 0])
    expect(at(moves.data, 180, 30)).toBe(0)
    // It may land beside the pole.
    expect(at(within.data, 180, 30)).toBe(1)
  })

  test('leaves a quarter of the thing where it is, however long the drag is', () => {
    const { moves, stays } = bentBy([{ ...top, drag: dragOf(200, 30, 400, 30) }], SIZE)
    // The far corner is 230 pixels away.
    expect([195, 210].map((y) => at(moves.data, 200, y))).toEqual([1, 0])
    expect(at(stays, 200, 210)).toBe(1)
  })

  test('leaves the nearest of two ends, but bends one that it holds', () => {
    // The lower end is 100 pixels away, and the upper one 140.
    const { moves } = bentBy([{ ...top, drag: dragOf(200, 160, 260, 160) }], SIZE)
    expect([88, 230, 240].map((y) => at(moves.data, 200, y))).toEqual([1, 1, 0])
    // Close to the handle, the upper end goes with it.
    expect(at(bentBy([{ ...top, drag: dragOf(200, 60, 260, 60) }], SIZE).moves.data, 200, 21)).toBe(
      1,
    )
  })

  test('takes no piece of it on the other side of what stays', () => {
    const hook = white([190, 20, 20, 240], [230, 20, 20, 240], [190, 240, 60, 20])
    const { moves } = bentBy([{ ...top, on: hook }], SIZE)
    expect([at(moves.data, 200, 40), at(moves.data, 235, 30)]).toEqual([1, 0])
  })

  test('bends all that is there if a drag beside it is on nothing', () => {
    const beside = { drag: dragOf(260, 40, 265, 40), on: null }
    expect(at(bentBy([top, beside], SIZE).moves.data, 180, 30)).toBe(1)
    const far = { drag: dragOf(400, 40, 405, 40), on: null }
    expect(at(bentBy([top, far], SIZE).moves.data, 180, 30)).toBe(0)
  })

  test('shares the thing with others whose answers of SAM differ a little', () => {
    const other = { drag: dragOf(200, 60, 200, 45), on: white([192, 20, 18, 240]) }
    const { moves, stays } = bentBy([top, other], SIZE)
    expect([at(moves.data, 190, 70), at(stays, 190, 70)]).toEqual([1, 0])
  })
})
