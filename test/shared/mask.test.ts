import { describe, expect, test } from 'vitest'
import {
  automaticMask,
  checkMask,
  checkMaskPixels,
  type Mask,
  tokenCoverage,
} from '../../shared/mask.ts'
import { drag, randomNumbers } from '../fixtures/drawing.ts'

/** The specification's formula, pixel by pixel. */
function naiveCoverage(mask: Mask, rows: number, cols: number): number[] {
  const { width: mw, height: mh, data } = mask
  const sums = new Array<number>(rows * cols).fill(0)
  for (let j = 0; j < mh; j++)
    for (let i = 0; i < mw; i++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < cols; c++) {
          if (data[j * mw + i] === 0) continue
          const ox = Math.max(
            0,
            Math.min((c + 1) * mw, (i + 1) * cols) - Math.max(c * mw, i * cols),
          )
          const oy = Math.max(
            0,
            Math.min((r + 1) * mh, (j + 1) * rows) - Math.max(r * mh, j * rows),
          )
          sums[r * cols + c] = (sums[r * cols + c] as number) + ox * oy
        }
  return sums
}

describe('tokenCoverage', () => {
  test.each([
    [16, 16, 4, 4],
    [17, 13, 4, 3],
    [3, 5, 4, 7],
    [33, 9, 5, 4],
    [7, 7, 7, 7],
    [1, 1, 3, 2],
  ])('a %dx%d mask on %dx%d tokens is the formula, pixel by pixel', (width, height, cols, rows) => {
    const random = randomNumbers(width * height)
    for (const density of [0.1, 0.5, 0.9, 1]) {
      const data = Uint8Array.from({ length: width * height }, () => (random() < density ? 1 : 0))
      const mask = { width, height, data }
      expect([...tokenCoverage(mask, { rows, cols })]).toEqual(naiveCoverage(mask, rows, cols))
    }
  })

  test('a mask at an odd offset of its buffer gives the same coverage', () => {
    const whole = Uint8Array.from({ length: 65 }, (_, i) => (i % 3 === 0 ? 1 : 0))
    const mask = { width: 8, height: 8, data: whole.subarray(1) }
    expect([...tokenCoverage(mask, { rows: 2, cols: 2 })]).toEqual(naiveCoverage(mask, 2, 2))
  })

  test('a fully covered token has width times height', () => {
    const mask = { width: 6, height: 4, data: new Uint8Array(24).fill(1) }
    expect([...tokenCoverage(mask, { rows: 2, cols: 3 })]).toEqual(new Array(6).fill(24))
  })
})

describe('checkMask', () => {
  const white = (width: number, height: number) => ({
    width,
    height,
    data: new Uint8Array(width * height).fill(1),
  })
  const code = (act: () => void) => {
    try {
      act()
    } catch (error) {
      return (error as { code: string }).code
    }
    return 'accepted'
  }

  test('accepts the size of the image and any other size of its aspect ratio, to within a pixel', () => {
    const image = { width: 900, height: 600 }
    expect(code(() => checkMask(white(900, 600), image))).toBe('accepted')
    expect(code(() => checkMask(white(450, 300), image))).toBe('accepted')
    // |451 * 600 - 300 * 900| = 600 <= 900; |452 * 600 - 300 * 900| = 1200.
    expect(code(() => checkMask(white(451, 300), image))).toBe('accepted')
    expect(code(() => checkMask(white(452, 300), image))).toBe('mask_size_mismatch')
  })

  test('rejects a black mask and one of over 4 megapixels', () => {
    const black = { width: 64, height: 64, data: new Uint8Array(4096) }
    expect(code(() => checkMask(black, black))).toBe('mask_empty')
    expect(code(() => checkMaskPixels({ width: 2000, height: 2000 }, 4_000_000))).toBe('accepted')
    expect(code(() => checkMaskPixels({ width: 2001, height: 2000 }, 4_000_000))).toBe(
      'mask_too_large',
    )
  })
})

describe('automaticMask', () => {
  const image = { width: 400, height: 300 }

  test('is a disc around each moving handle, with a tenth of the shorter side as its radius, and nothing around pins', () => {
    const mask = automaticMask(image, [drag([10, 10], [12, 10]), drag([20, 30], [20, 30])])
    expect([mask.width, mask.height]).toEqual([400, 300])
    const area = mask.data.reduce((sum, value) => sum + value, 0)
    expect(Math.abs(area - Math.PI * 30 ** 2)).toBeLessThan(40)
    expect(mask.data[105 * 400 + 105 + 29]).toBe(1)
    expect(mask.data[105 * 400 + 105 + 31]).toBe(0)
    expect(mask.data[205 * 400 + 305]).toBe(0)
  })

  test('of a large photo has 1024 pixels on its longer side and passes the check', () => {
    const large = { width: 7001, height: 3001 }
    const mask = automaticMask(large, [{ handle: { x: 7001, y: 3001 }, target: { x: 0, y: 0 } }])
    expect(Math.max(mask.width, mask.height)).toBe(1024)
    expect(() => checkMask(mask, large)).not.toThrow()
  })
})
