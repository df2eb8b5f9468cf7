import { expect, test } from 'vitest'
import { softness } from '../../../shared/instant/softness.ts'

/** 3t² - 2t³. */
const smooth = (t: number) => t * t * (3 - 2 * t)
const line = (...flags: number[]) => Uint8Array.from(flags)
const close = (actual: Float32Array, expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length)
  for (const [at, value] of expected.entries()) expect(actual[at]).toBeCloseTo(value, 5)
}

test('the share grows from the border to the middle, and is 0 outside', () => {
  // Centres are half a pixel from the border, then one and a half, and two and a half in the middle.
  const narrow = softness(line(0, 0, 1, 1, 1, 1, 1, 0), { width: 8, height: 1 }, 10)
  close(narrow, [0, 0, smooth(0.2), smooth(0.6), 1, smooth(0.6), smooth(0.2), 0])
})

test('in a wide part it is whole from the given width on; at the end of the picture nothing fades', () => {
  const wide = softness(line(0, 1, 1, 1, 1, 1), { width: 6, height: 1 }, 2)
  close(wide, [0, smooth(0.25), smooth(0.75), 1, 1, 1])
  close(softness(line(1, 1, 1), { width: 3, height: 1 }, 2), [1, 1, 1])
  close(softness(line(0, 0, 0), { width: 3, height: 1 }, 2), [0, 0, 0])
})
