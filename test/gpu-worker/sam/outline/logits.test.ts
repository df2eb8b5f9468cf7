import { expect, test } from 'vitest'
import { maskOf, resized, settled } from '../../../../gpu-worker/sam/outline/logits.ts'
import type { Mask } from '../../../../shared/mask.ts'

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

test('where SAM is unsure the surroundings decide, and what it is sure of stays, however thin', () => {
  const [width, height] = [300, 100]
  // Sure of a thing at the left, of none at the right and of a line there; a pattern around 0.4 between.
  const value = (x: number, y: number) => {
    if (x < 100) return 9
    if (x < 200) return (x + y) % 2 === 0 ? 2 : -1.2
    return y === 50 ? 9 : -9
  }
  const data = Float32Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  )
  const out = settled({ width, height, data })
  const at = (x: number, y: number) => out.data[y * width + x] as number
  expect([at(50, 50), at(99, 50), at(250, 50), at(200, 49), at(250, 51)]).toEqual([9, 9, 9, -9, -9])
  // Its mean, but for one of 7 x 7 pixels more or less of either kind.
  for (const [x, y] of [
    [150, 50],
    [151, 50],
    [150, 0],
    [151, 99],
  ] as const)
    expect(at(x, y)).toBeCloseTo(0.4, 1)
  // Towards the sure parts, it leans to them.
  expect(at(101, 50)).toBeGreaterThan(1)
  expect(at(198, 20)).toBeLessThan(-0.5)
  expect(data[150 + 50 * width]).toBe(2)
})
