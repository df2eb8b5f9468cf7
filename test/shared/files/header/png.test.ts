import { expect, test } from 'vitest'
import { sniffImage } from '../../../../shared/files/image-header.ts'
import { chunk, inserted, ours, plain, sharps, tiff } from '../../../fixtures/tagged.ts'

const { png } = plain
const pixels = png.indexOf('IDAT') - 4
const end = png.indexOf('IEND') - 4
const three = chunk('eXIf', tiff('II', [{ value: 3 }]))
const six = chunk('eXIf', tiff('II'))

test.each<[string, Buffer]>([
  ['eXIf', inserted(png, pixels, six)],
  ['eXIf with a LONG', inserted(png, pixels, chunk('eXIf', tiff('MM', [{ type: 4 }])))],
  ['eXIf after the pixels', inserted(png, end, six)],
  ['eXIf before and after them', inserted(inserted(png, end, six), pixels, three)],
  ['two before them', inserted(png, pixels, three, six)],
  [
    'the prefix of JPEG',
    inserted(png, pixels, chunk('eXIf', Buffer.concat([Buffer.from('Exif\0\0'), tiff('II')]))),
  ],
])('%s: read as sharp reads it', async (_, file) => {
  expect(ours(file)).toBe(await sharps(file))
})

test('an animation is announced before the pixels', () => {
  const frames = chunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]))
  expect(sniffImage(inserted(png, pixels, frames)).animated).toBe(true)
  expect(sniffImage(inserted(png, end, frames)).animated).toBe(false)
})

test('cICP colours that cannot be kept are rejected with the header', () => {
  const codes = (...values: number[]) => inserted(png, pixels, chunk('cICP', Buffer.from(values)))
  const code = (file: Buffer) => {
    try {
      return sniffImage(file).format
    } catch (error) {
      return (error as { code?: string }).code
    }
  }
  for (const kept of [codes(12, 13, 0, 1), codes(9, 14, 0, 1), codes(2, 2, 0, 1)])
    expect(code(kept)).toBe('png')
  // PQ, HLG, YCbCr, narrow range, a code that does not exist.
  for (const lost of [
    codes(9, 16, 0, 1),
    codes(9, 18, 0, 1),
    codes(1, 13, 1, 1),
    codes(1, 13, 0, 0),
    codes(200, 13, 0, 1),
  ])
    expect(code(lost)).toBe('image_format_unsupported')
  expect(code(inserted(png, end, chunk('cICP', Buffer.from([9, 16, 0, 1]))))).toBe('png')
})
