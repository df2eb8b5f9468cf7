/** Which of SAM's answers is the thing that drags take hold of. */

import { describe, expect, test } from 'vitest'
import type { Mask } from '../../../../shared/mask.ts'
import {
  type Choice,
  graspOf,
  surroundingOf,
  thingAtHandle,
  trustedThing,
} from '../../../../shared/segmentation/things/choice.ts'
import { FoundThings } from '../../../../shared/segmentation/things/found-things.ts'
import type { SamAnswer } from '../../../../shared/segmentation/things/sam-answer.ts'
import { coloured, dragOf, whiteOn } from '../../../fixtures/drawing.ts'

const SIZE = { width: 200, height: 100 }

const white = whiteOn.bind(null, SIZE)
const drag = dragOf
const sure = (mask: Mask, score = 0.9) => ({ mask, score })
const alone = (moves: Mask) => ({ moves, stays: new Uint8Array(moves.data.length) })
const area = (mask: Mask | null) => mask?.data.reduce((sum, value) => sum + value, 0) ?? null

describe('anywhere in a photo', () => {
  const thing = white([40, 20, 40, 40])
  const short = drag(60, 40, 70, 40)
  /** A red thing on grey, with a blue nose. */
  const image = coloured(SIZE, [[40, 20, 40, 40], '#c02020'], [[55, 35, 10, 10], '#2020c0'])
  const maskAt = (...asked: [Parameters<typeof thingAtHandle>[0], typeof short]) =>
    thingAtHandle(...asked, image)?.mask ?? null

  test('it is the answer that SAM trusts most', () => {
    const answers = [sure(white([50, 30, 20, 20]), 0.85), sure(thing, 0.95), sure(white(), 1)]
    expect(maskAt(answers, short)).toEqual(thing)
  })

  test('it is none that SAM is not sure of, that is ground or nearly the photo, or elsewhere', () => {
    const sky = white([0, 0, 200, 55])
    for (const other of [
      sure(thing, 0.79),
      sure(sky, 1),
      sure(white([0, 0, 200, 90]), 1),
      sure(white([100, 20, 40, 40]), 1),
    ])
      expect(maskAt([other], short)).toBeNull()
    expect(maskAt([sure(sky, 1), sure(thing)], short)).toEqual(thing)
  })

  test('a part that ends in the middle of one material gives way to a whole that ends at edges', () => {
    const half = sure(white([40, 20, 25, 40]), 0.99)
    const wider = sure(white([20, 10, 90, 60]), 0.9)
    expect(maskAt([half, sure(thing, 0.75), wider], short)).toEqual(thing)
    // SAM does not believe in it at all.
    expect(maskAt([half, sure(thing, 0.65)], short)).toEqual(half.mask)
    // Two things are not one: what goes on beyond the thing is not more of it.
    expect(maskAt([sure(thing), wider], short)).toEqual(thing)
  })

  test('a part that the drag would tear off gives way to its whole', () => {
    const nose = sure(white([55, 35, 10, 10]), 0.99)
    const answers = [nose, sure(thing, 0.85), sure(white([20, 10, 90, 60]), 0.9)]
    expect(maskAt(answers, short)).toEqual(nose.mask)
    expect(maskAt(answers, drag(60, 40, 90, 40))).toEqual(thing)
    // A fifth of its border is open: SAM has to be certain of it, unless the other has more.
    const most = (score: number) => sure(white([40, 20, 35, 40]), score)
    const long = drag(60, 40, 90, 40)
    expect(maskAt([nose, most(0.89)], long)).toEqual(nose.mask)
    expect(maskAt([nose, most(0.9)], long)).toEqual(most(0.9).mask)
    const inside = sure(white([50, 30, 20, 20]), 0.99)
    const less = (score: number) => sure(white([40, 20, 30, 40]), score)
    expect(maskAt([inside, less(0.89)], long)).toEqual(inside.mask)
    expect(maskAt([inside, less(0.9)], long)).toEqual(less(0.9).mask)
    // Of what it is not sure it takes no more.
    expect(maskAt([nose, sure(thing, 0.79)], long)).toEqual(nose.mask)
    expect(maskAt([inside, sure(thing, 0.79)], long)).toEqual(thing)
    // It may be a thing of its own.
    expect(maskAt([nose, sure(white([90, 10, 20, 20]))], drag(60, 40, 90, 40))).toEqual(nose.mask)
  })

  test('it has the handle, and its parts elsewhere are left out', () => {
    const answers = [sure(white([60, 20, 40, 40], [150, 20, 9, 9]))]
    expect(maskAt(answers, short)).toEqual(white([60, 20, 40, 40]))
    expect(maskAt(answers, drag(59.9, 40, 70, 40))).toBeNull()
  })
})

describe('of several answers to a press', () => {
  const image = coloured(SIZE, [[0, 60, 200, 40], '#805020'], [[40, 20, 40, 40], '#c02020'])
  const thing = white([40, 20, 40, 40])

  test('the surest is taken, a little less where it ends in the middle of one material', () => {
    const patch = white([50, 30, 20, 20])
    const taken = (score: number) => trustedThing([sure(thing), sure(patch, score)], image)?.mask
    expect(taken(0.94)).toEqual(thing)
    expect(taken(0.96)).toEqual(patch)
    expect(trustedThing([], image)).toBeUndefined()
  })

  test('of something tiny the whole is meant, if it ends at edges and SAM is nearly as sure', () => {
    const nosed = coloured(SIZE, [[40, 20, 40, 40], '#c02020'], [[55, 35, 10, 10], '#2020c0'])
    const nose = white([55, 35, 10, 10])
    const taken = (whole: Mask, score: number) =>
      trustedThing([sure(nose, 0.95), sure(whole, score)], nosed)?.mask
    expect(taken(thing, 0.9)).toEqual(thing)
    expect(taken(thing, 0.88)).toEqual(nose)
    // Half of its border is inside the thing.
    const half = white([40, 20, 40, 20])
    expect(taken(white([40, 30, 40, 20]), 0.9)).toEqual(nose)
    // What is larger than that is meant itself.
    const larger = [sure(half, 0.95), sure(thing, 0.9)]
    expect(trustedThing(larger, nosed)?.mask).toEqual(half)
  })

  test('ground is taken where there is nothing else', () => {
    const floor = sure(white([0, 50, 200, 50], [40, 20, 40, 40]), 0.99)
    expect(trustedThing([sure(thing, 0.85), floor], image)?.mask).toEqual(thing)
    expect(trustedThing([floor], image)).toEqual(floor)
    // A sky is more of this picture than of its frame.
    const sky = sure(white([0, 0, 200, 90]), 0.99)
    expect(trustedThing([sure(thing, 0.85), sky], image)?.mask).toEqual(thing)
  })

  test('a portrait is no ground, if SAM is very sure of it', () => {
    const portrait = white([40, 10, 120, 90], [20, 50, 160, 50])
    const taken = (score: number) =>
      trustedThing([sure(thing, 0.85), sure(portrait, score)], image)?.mask
    expect(taken(0.96)).toEqual(thing)
    expect(taken(0.98)).toEqual(portrait)
  })
})

describe('a thing that is 40 pixels wide', () => {
  const closed: Choice = { ...sure(white([40, 20, 40, 40])), open: 0 }
  const by = (length: number, x = 60) => drag(x, 40, x + length, 40)

  test('moves where it is held near its middle, and bends at its end', () => {
    expect(graspOf(closed, by(20), 0.95)).toBe('moves')
    expect(graspOf(closed, by(20, 75), 0.95)).toBe('bends')
    // A drag of 50 pixels is too long to bend it.
    expect(graspOf(closed, by(51, 75), 0.95)).toBe('moves')
    expect(graspOf(closed, by(49, 75), 0.95)).toBe('bends')
  })

  test('is none if its border is open, or SAM finds another one in its box', () => {
    expect(graspOf({ ...closed, open: 0.16 }, by(20), 0.95)).toBe('none')
    expect(graspOf(closed, by(20), 0.94)).toBe('none')
    expect(graspOf(closed, by(41), 0.94)).toBe('moves')
    expect(graspOf(closed, by(41), 0.89)).toBe('none')
  })

  test('may have more of its border open the longer the drag is, and the more certain SAM is', () => {
    const open = { ...closed, open: 0.12 }
    expect(graspOf(open, by(20), 0.95)).toBe('bends')
    expect(graspOf(open, by(35), 0.95)).toBe('moves')
    expect(graspOf(open, by(20), 0.97)).toBe('moves')
    expect(graspOf({ ...open, score: 0.85 }, by(20), 0.97)).toBe('bends')
    // A face ends at hair, and elsewhere in the neck: however certain SAM is, it is a part of something.
    expect(graspOf({ ...open, open: 0.16 }, by(51), 0.99)).toBe('none')
  })
})

describe('what a feature is a part of', () => {
  const nose = white([55, 35, 10, 10])
  const face = white([40, 20, 40, 40])
  const whole = (...answers: SamAnswer[]) => surroundingOf(nose, answers)?.mask ?? null

  test('is around it, with the feature even if SAM leaves a hole', () => {
    const hole = { ...face, data: face.data.map((value, i) => value & (1 - (nose.data[i] ?? 0))) }
    expect(whole(sure(face, 0.75))).toEqual(face)
    expect(whole(sure(hole))).toEqual(face)
    expect(whole(sure(white([30, 10, 60, 60]), 0.8), sure(face, 0.85))).toEqual(face)
  })

  test('is not what lies on one side, little more than itself, ground, or unsure', () => {
    expect(whole(sure(white([40, 45, 40, 40])))).toBeNull()
    expect(whole(sure(white([53, 33, 13, 13])))).toBeNull()
    expect(whole(sure(white([0, 0, 200, 55])))).toBeNull()
    expect(whole(sure(face, 0.65))).toBeNull()
    expect(whole()).toBeNull()
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
