/** The thing in a region of an editable mask, and what of it goes on beyond. */

import { describe, expect, test } from 'vitest'
import type { Mask } from '../../../../shared/mask.ts'
import { thingInRegion } from '../../../../shared/segmentation/things/in-region.ts'
import { dragOf, whiteOn } from '../../../fixtures/drawing.ts'

const SIZE = { width: 200, height: 100 }

const white = whiteOn.bind(null, SIZE)
const drag = dragOf
const sure = (mask: Mask, score = 0.9) => ({ mask, score })
/** What moves of the thing. */
const movesIn = (...asked: Parameters<typeof thingInRegion>) =>
  thingInRegion(...asked)?.moves ?? null
const alone = (moves: Mask) => ({ moves, stays: new Uint8Array(moves.data.length) })

describe('inside a region', () => {
  const region = white([20, 10, 120, 80])
  const thing = white([30, 30, 40, 40])
  const right = [drag(50, 50, 110, 50)]

  test('it fills the region with its own shape at the target, and is cut at its edge', () => {
    const part = sure(white([45, 45, 10, 10]), 0.99)
    expect(movesIn([part, sure(thing, 0.81)], right, region)).toEqual(thing)
    const wider = white([10, 30, 60, 40])
    expect(movesIn([sure(wider)], right, region)).toEqual(white([20, 30, 50, 40]))
  })

  test('what goes on beyond the region stays, but not what only touches its edge', () => {
    const stays = (mask: Mask) => thingInRegion([sure(mask)], right, region)?.stays
    expect(stays(white([10, 30, 60, 40]))).toEqual(white([10, 30, 10, 40]).data)
    expect(stays(white([17, 30, 53, 40]))).toEqual(white().data)
    // The region cuts it off its whole, of which it has another part.
    const part = sure(white([20, 30, 50, 40]))
    const whole = sure(white([5, 30, 65, 40]))
    expect(thingInRegion([part, whole], right, region)?.stays).toEqual(white([5, 30, 15, 40]).data)
    // A part elsewhere is not the thing.
    expect(stays(white([30, 30, 40, 40], [150, 30, 40, 40]))).toEqual(white().data)
  })

  /** An end of a whole that goes on beyond the region, with a gap of 5 pixels before the region's edge. */
  const end = white([25, 30, 45, 40])
  const rest = white([5, 30, 15, 40])
  const all = white([20, 30, 50, 40])

  test('between an end and the rest of its whole, nothing is left that would tear', () => {
    const bound = (score: number) =>
      thingInRegion([sure(end), sure(white([5, 30, 65, 40]), score)], right, region)
    expect(bound(0.85)).toEqual({ moves: all, stays: rest.data })
    // Tokens do not bend.
    const answers = [sure(end), sure(white([5, 30, 65, 40]))]
    expect(movesIn(answers, right, region, { bends: false })).toEqual(end)
    // More than 1/32 of 200 pixels is no gap.
    const far = sure(white([32, 30, 38, 40]))
    const whole = sure(white([5, 30, 65, 40]), 0.85)
    expect(thingInRegion([far, whole], right, region)).toEqual(alone(far.mask))
  })

  test('an end has up to 60 % of its surroundings in its whole', () => {
    const moved = (whole: Mask) => {
      const { data } = movesIn([sure(end), sure(whole, 0.85)], right, region) ?? white()
      return data[50 * SIZE.width + 22]
    }
    // To the left and above; and below, too.
    expect(moved(white([5, 20, 65, 50], [145, 20, 30, 70]))).toBe(1)
    expect(moved(white([5, 20, 65, 60], [145, 20, 30, 70]))).toBe(0)
  })

  test('of a whole that SAM trusts as much as its end, all that is in the region moves', () => {
    const far = sure(white([32, 30, 38, 40]))
    const whole = white([5, 30, 65, 40])
    const moving = thingInRegion([far, sure(whole, 0.9)], right, region)
    expect(moving).toEqual({ moves: all, stays: rest.data })
  })

  test('a feature in the middle of its whole moves without what is around it', () => {
    const feature = sure(white([30, 30, 50, 40]))
    const around = sure(white([5, 5, 100, 90]), 0.95)
    expect(movesIn([feature, around], right, region)).toEqual(feature.mask)
  })

  test('it is not the ground that the region cuts out, and fills enough of the region', () => {
    const all = sure(white([0, 0, 200, 100]), 1)
    expect(movesIn([all, sure(thing)], right, region)).toEqual(thing)
    const few = sure(white([45, 45, 10, 10]))
    expect(movesIn([few], right, region)).toBeNull()
    // It may be one of many.
    expect(movesIn([few], right, region, { count: 10 })).toEqual(few.mask)
  })

  test('it has every handle, and SAM is sure of it', () => {
    const both = [...right, drag(120, 50, 130, 50)]
    expect(movesIn([sure(thing)], both, region)).toBeNull()
    expect(movesIn([sure(thing, 0.7)], right, region)).toBeNull()
    const pinned = [...right, drag(120, 50, 120, 50)]
    expect(movesIn([sure(thing)], pinned, region)).toEqual(thing)
  })
})
