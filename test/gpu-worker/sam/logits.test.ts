import { expect, test } from 'vitest'
import { maskOf, resized } from '../../../gpu-worker/sam/logits.ts'
import type { Mask } from '../../../shared/mask.ts'

const rows = ({ width, data }: Mask) =>
  Array.from({ length: data.length / width }, (_, y) =>
    [...data.subarray(y * width, (y + 1) * width)].join(''),
  )

test('resizing is bilinear between pixel centers', () => {
  const plane = { width: 2, height: 1, data: Float32Array.of(0, 1) }
  expect([...resized(plane, { width: 4, height: 1 }).data]).toEqual([0, 0.25, 0.75, 1])
})

test('logits of the padded square become a mask of the photo', () => {
  // The right half is on, but the photo covers only the left three quarters of the square.
  const logits = {
    width: 4,
    height: 4,
    data: Float32Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? -1 : 1)),
  }
  const mask = maskOf(logits, 16, { width: 12, height: 16 }, { width: 6, height: 8 })
  expect(rows(mask)).toEqual(Array(8).fill('000011'))
})
