/** Outlines as lines: around things and holes, with few points, near the pixels. */

import { expect, test } from 'vitest'
import { outlinesOf } from '../../../../edge/playground/stage/outline.ts'
import type { Mask } from '../../../../shared/mask.ts'

function maskOf(width: number, height: number, white: (x: number, y: number) => boolean): Mask {
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = white(x, y) ? 1 : 0
  return { width, height, data }
}

test('a rectangle has its corners', () => {
  const [line = [], ...rest] = outlinesOf(
    maskOf(20, 10, (x, y) => x >= 2 && x < 12 && y >= 3 && y < 8),
  )
  expect(rest).toEqual([])
  const corners = [
    [2, 3],
    [12, 3],
    [12, 8],
    [2, 8],
  ]
  for (const [x, y] of corners) expect(line).toContainEqual({ x, y })
})

test('holes and things beside each other have lines of their own; the border of the picture too', () => {
  const ring = maskOf(12, 12, (x, y) => !(x > 3 && x < 8 && y > 3 && y < 8))
  expect(outlinesOf(ring).length).toBe(2)
  expect(outlinesOf(maskOf(12, 12, (x) => x < 2 || x > 5)).length).toBe(2)
  expect(outlinesOf(maskOf(5, 5, () => false))).toEqual([])
})

test('a disc has few points, each within a pixel of its circle', () => {
  const disc = maskOf(200, 200, (x, y) => Math.hypot(x + 0.5 - 100, y + 0.5 - 100) < 80)
  const [line = []] = outlinesOf(disc)
  expect(line.length).toBeLessThan(150)
  for (const { x, y } of line) expect(Math.abs(Math.hypot(x - 100, y - 100) - 80)).toBeLessThan(1.5)
})
