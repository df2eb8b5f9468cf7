import sharp from 'sharp'
import { expect, test } from 'vitest'
import { checkOutput } from '../../../shared/edit/output.ts'

const refused = (format: 'png' | 'jpeg' | 'webp', width: number, maxSize?: number) => {
  const output = { format, quality: 90, ...(maxSize !== undefined && { maxSize }) }
  try {
    checkOutput(output, { width, height: 64 })
  } catch (error) {
    return (error as { pointer: string }).pointer
  }
  return null
}

test.each([
  ['webp', 16_383],
  ['jpeg', 65_500],
] as const)('%s: a side of %d pixels is written, one more is rejected', async (format, side) => {
  const written = (width: number) =>
    sharp({ create: { width, height: 1, channels: 3, background: '#357' } })
      .toFormat(format)
      .toBuffer()
  await written(side)
  await expect(written(side + 1)).rejects.toThrow()
  expect(refused(format, side)).toBe(null)
  expect(refused(format, side + 1)).toBe('/output/format')
})

test('maxSize makes a result that fits, or is the option at fault', () => {
  expect(refused('webp', 20_000, 16_383)).toBe(null)
  expect(refused('webp', 20_000, 16_384)).toBe('/output/maxSize')
  expect(refused('webp', 1000, 30_000)).toBe(null)
  expect(refused('png', 25_000)).toBe(null)
})
