import { describe, expect, test } from 'vitest'
import { fused, kernelOf, pointsOf } from '../../../../gpu-worker/sam/outline/refine.ts'
import type { Mask } from '../../../../shared/mask.ts'

function rectangle(
  width: number,
  height: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
): Mask {
  const data = new Uint8Array(width * height)
  for (let y = top; y < bottom; y++) data.fill(1, y * width + left, y * width + right)
  return { width, height, data }
}

const rows = ({ width, data }: Mask) =>
  Array.from({ length: data.length / width }, (_, y) =>
    [...data.subarray(y * width, (y + 1) * width)].join(''),
  )

describe('points of a mask', () => {
  test('are all its pixels if there are few', () => {
    expect(pointsOf(rectangle(8, 8, 2, 3, 4, 5))).toEqual([
      { x: 2, y: 3 },
      { x: 3, y: 3 },
      { x: 2, y: 4 },
      { x: 3, y: 4 },
    ])
  })

  test('are the means of grid cells over its box if there are many', () => {
    // 100 x 100 pixels: aspect 1, 11 x 11 cells of 9 or 10 pixels per side.
    const points = pointsOf(rectangle(200, 200, 50, 50, 150, 150))
    expect(points).toHaveLength(121)
    // The first cell covers 50 to 58, with a mean of 54.
    expect(points[0]).toEqual({ x: 54, y: 54 })
    // The last cell covers 140 to 149, with a mean of 144.5, rounded down.
    expect(points.at(-1)).toEqual({ x: 144, y: 144 })
  })

  test('are at most 128, also for a mask of one column', () => {
    for (const mask of [
      rectangle(600, 40, 10, 10, 590, 16),
      rectangle(40, 600, 20, 10, 21, 590),
      rectangle(600, 600, 0, 0, 600, 600),
    ]) {
      const points = pointsOf(mask)
      expect(points.length).toBeGreaterThan(4)
      expect(points.length).toBeLessThanOrEqual(128)
      for (const { x, y } of points) expect(mask.data[y * mask.width + x]).toBe(1)
    }
  })
})

describe('fusing', () => {
  test('moves the outline by at most half a kernel, whatever SAM returns', () => {
    const user = rectangle(14, 9, 4, 3, 10, 6)
    const all = rectangle(14, 9, 0, 0, 14, 9)
    const none = rectangle(14, 9, 0, 0, 0, 0)
    expect(rows(fused(user, all, 3))).toEqual([
      '00000000000000',
      '00000000000000',
      '00011111111000',
      '00011111111000',
      '00011111111000',
      '00011111111000',
      '00011111111000',
      '00000000000000',
      '00000000000000',
    ])
    // The inner pixels stay.
    expect(rows(fused(user, none, 3))).toEqual([
      ...Array(4).fill('00000000000000'),
      '00000111100000',
      ...Array(4).fill('00000000000000'),
    ])
  })

  test('uses a kernel of 21 at 512 pixels, scaled for other sizes', () => {
    expect(kernelOf({ width: 512, height: 300 })).toBe(21)
    expect(kernelOf({ width: 700, height: 1024 })).toBe(43)
    expect(kernelOf({ width: 20, height: 20 })).toBe(3)
  })
})
