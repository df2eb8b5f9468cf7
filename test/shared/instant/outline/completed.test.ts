/** A mask that was found is completed by what it has left of its thing. */

import { expect, test } from 'vitest'
import { completed } from '../../../../shared/instant/outline/completed.ts'
import type { Mask } from '../../../../shared/mask.ts'

const SIZE = { width: 260, height: 180 }
type On = (x: number, y: number) => boolean

const thing: On = (x, y) => (x + 0.5 - 70) ** 2 + (y + 0.5 - 90) ** 2 < 36 ** 2
/** It begins in the disc, which ends at x = 106. */
const stub: On = (x, y) => x >= 70 && x < 122 && y >= 87 && y < 93
const nowhere: On = () => false

const RED = [200, 50, 40]
const BLUE = [40, 50, 200]

function maskOf(on: On): Mask {
  const data = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, at) =>
    on(at % SIZE.width, Math.floor(at / SIZE.width)) ? 1 : 0,
  )
  return { ...SIZE, data }
}

/** A red disc with a stub, on green with grain. */
function photoWith(colour: readonly number[]) {
  const data = new Uint8ClampedArray(4 * SIZE.width * SIZE.height)
  for (let y = 0, at = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++, at += 4) {
      const grain = ((x * 7 + y * 13) % 11) - 5
      const own = thing(x, y) ? RED : stub(x, y) ? colour : [90, 150, 90]
      for (let i = 0; i < 3; i++) data[at + i] = (own[i] ?? 0) + grain
      data[at + 3] = 255
    }
  return { ...SIZE, data }
}

const found = (on: On) => (mask: Mask | null) => {
  if (mask === null) return 0
  return maskOf(on).data.reduce((sum, flag, at) => sum + (flag & (mask.data[at] ?? 0)), 0)
}
/** What is seen of the stub beside the disc. */
const onStub = found((x, y) => stub(x, y) && !thing(x, y))
const elsewhere = found((x, y) => !thing(x, y) && !(x >= 100 && x < 124 && y >= 85 && y < 95))

test('by a stub of its colours, and by nothing else', () => {
  const mask = maskOf(thing)
  const whole = completed(photoWith(RED), mask, nowhere)
  expect([onStub(whole), elsewhere(whole)]).toEqual([onStub(maskOf(stub)), 0])
  expect(found(thing)(whole)).toBe(found(thing)(mask))
})

test('not by what has other colours, or is something else, or is on the mask already', () => {
  const mask = maskOf(thing)
  expect(completed(photoWith(BLUE), mask, nowhere)).toBeNull()
  expect(completed(photoWith(RED), mask, (x) => x >= 112)).toBeNull()
  const both = maskOf((x, y) => thing(x, y) || stub(x, y))
  expect(completed(photoWith(RED), both, nowhere)).toBeNull()
  expect(completed(photoWith(RED), maskOf(nowhere), nowhere)).toBeNull()
})

test('by a hole in the middle of one material, not by one through which the ground is seen', () => {
  const hole: On = (x, y) => x >= 60 && x < 80 && y >= 80 && y < 96
  const mask = maskOf((x, y) => thing(x, y) && !hole(x, y))
  expect(completed(photoWith(BLUE), mask, nowhere)).toEqual(maskOf(thing))
  expect(completed(photoWith(BLUE), mask, hole)).toBeNull()
  const pierced = photoWith(BLUE)
  for (let at = 0; at < mask.data.length; at++)
    if (hole(at % SIZE.width, Math.floor(at / SIZE.width))) pierced.data.set([90, 150, 90], 4 * at)
  expect(completed(pierced, mask, nowhere)).toBeNull()
})
