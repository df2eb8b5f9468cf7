import { expect, test } from 'vitest'
import { framed } from '../../../../gpu-worker/sam/outline/framed.ts'
import { whiteOn } from '../../../fixtures/drawing.ts'

/** A hundredth of the longer side is two pixels. */
const SIZE = { width: 200, height: 100 }
const white = whiteOn.bind(null, SIZE)

test('a mask that ends up to two pixels before the frame goes on to it', () => {
  expect(framed(white([2, 40, 30, 20]))).toEqual(white([0, 40, 32, 20]))
  expect(framed(white([169, 40, 30, 20]))).toEqual(white([169, 40, 31, 20]))
  expect(framed(white([60, 2, 30, 96]))).toEqual(white([60, 0, 30, 100]))
  // And into a corner.
  expect(framed(white([1, 1, 30, 20]))).toEqual(white([0, 0, 31, 21]))
})

test('one that ends earlier stays as it is', () => {
  const mask = white([3, 40, 30, 20], [100, 97, 9, 1])
  expect(framed(mask)).toEqual(white([3, 40, 30, 20], [100, 97, 9, 3]))
})

test('a picture may be narrower than that', () => {
  const column = { width: 1, height: 200, data: new Uint8Array(200).fill(1, 50, 60) }
  expect(framed(column)).toEqual(column)
})
