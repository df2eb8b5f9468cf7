/** Which of SAM's answers is the thing that drags take hold of. */

import { describe, expect, test } from 'vitest'
import type { Mask } from '../../../../shared/mask.ts'
import { thingAtHandle, thingInRegion } from '../../../../shared/segmentation/things/choice.ts'
import { FoundThings } from '../../../../shared/segmentation/things/found-things.ts'
import { dragOf, whiteOn } from '../../../fixtures/drawing.ts'

const SIZE = { width: 200, height: 100 }

const white = whiteOn.bind(null, SIZE)
const drag = dragOf
const sure = (mask: Mask, score = 0.9) => ({ mask, score })
/** What moves of the thing, as {@link thingInRegion} says. */
const movesIn = (...asked: Parameters<typeof thingInRegion>) =>
  thingInRegion(...asked)?.moves ?? null
const alone = (moves: Mask) => ({ moves, stays: new Uint8Array(moves.data.length) })
const area = (mask: Mask | null) => mask?.data.reduce((sum, value) => sum + value, 0) ?? null

describe('anywhere in a photo', () => {
  const thing = white([40, 20, 40, 40])
  const short = drag(60, 40, 70, 40)

  test('it is the answer that SAM trusts most', () => {
    const answers = [sure(white([50, 30, 20, 20]), 0.85), sure(thing, 0.95), sure(white(), 1)]
    expect(thingAtHandle(answers, short)).toEqual(thing)
  })

  test('it is none that SAM is not sure of, that is ground or nearly the photo, or elsewhere', () => {
    const sky = white([0, 0, 200, 55])
    for (const other of [
      sure(thing, 0.79),
      sure(sky, 1),
      sure(white([0, 0, 200, 90]), 1),
      sure(white([100, 20, 40, 40]), 1),
    ])
      expect(thingAtHandle([other], short)).toBeNull()
    expect(thingAtHandle([sure(sky, 1), sure(thing)], short)).toEqual(thing)
  })

  test('a part that the drag would tear off gives way to its whole', () => {
    const nose = sure(white([55, 35, 10, 10]), 0.99)
    const answers = [nose, sure(thing, 0.85), sure(white([20, 10, 90, 60]), 0.9)]
    expect(thingAtHandle(answers, short)).toEqual(nose.mask)
    expect(thingAtHandle(answers, drag(60, 40, 90, 40))).toEqual(thing)
    // It may be a thing of its own.
    expect(thingAtHandle([nose, sure(white([90, 10, 20, 20]))], drag(60, 40, 90, 40))).toEqual(
      nose.mask,
    )
  })

  test('it has the handle, and its parts elsewhere are left out', () => {
    const answers = [sure(white([60, 20, 40, 40], [150, 20, 9, 9]))]
    expect(thingAtHandle(answers, short)).toEqual(white([60, 20, 40, 40]))
    expect(thingAtHandle(answers, drag(59.9, 40, 70, 40))).toBeNull()
  })
})

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

  test('it is not the ground that the region cuts out, and fills enough of the region', () => {
    const all = sure(white([0, 0, 200, 100]), 1)
    expect(movesIn([all, sure(thing)], right, region)).toEqual(thing)
    const few = sure(white([45, 45, 10, 10]))
    expect(movesIn([few], right, region)).toBeNull()
    // It may be one of many.
    expect(movesIn([few], right, region, 10)).toEqual(few.mask)
  })

  test('it has every handle, and SAM is sure of it', () => {
    const both = [...right, drag(120, 50, 130, 50)]
    expect(movesIn([sure(thing)], both, region)).toBeNull()
    expect(movesIn([sure(thing, 0.7)], right, region)).toBeNull()
    const pinned = [...right, drag(120, 50, 120, 50)]
    expect(movesIn([sure(thing)], pinned, region)).toEqual(thing)
  })
})

describe('things found one after the other', () => {
  test('touching ones stay apart, and a part of another is that other', () => {
    const things = new FoundThings(SIZE)
    things.add(alone(white([10, 10, 40, 40])))
    things.add(alone(white([48, 10, 40, 40])))
    expect([49, 50, 51, 52].map((x) => things.has({ x, y: 20 }))).toEqual([
      true,
      false,
      false,
      true,
    ])
    expect(area(things.masks([]).mask)).toBe(40 * 40 + 36 * 40)
    expect(things.masks([{ x: 50.5, y: 20.5 }]).mask.data[20 * SIZE.width + 50]).toBe(1)
    things.add(alone(white([0, 0, 45, 60])))
    expect(things.has({ x: 5, y: 5 })).toBe(true)
    // The first one and all of what has most of it.
    expect(area(things.masks([]).mask)).toBe(45 * 60 + 5 * 40 + 36 * 40)
  })
})
