import { expect, test } from 'vitest'
import { sniffImage } from '../../../../shared/files/image-header.ts'
import { inserted, ours, plain, segment, sharps, tiff } from '../../../fixtures/tagged.ts'

const { jpeg } = plain
const three = segment(tiff('II', [{ value: 3 }]))
const six = segment(tiff('II'))
const none = segment(tiff('II', [{ tag: 0x0128, value: 2 }]))
const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]))

test.each<[string, Buffer]>([
  ['two EXIF segments', inserted(jpeg, 2, three, six)],
  ['two EXIF segments, the first without an orientation', inserted(jpeg, 2, none, six)],
  ['EXIF after the frame header', inserted(jpeg, scan, six)],
  ['a marker without a segment', inserted(jpeg, 2, Buffer.from([0xff, 0x01]), six)],
  ['fill bytes', inserted(jpeg, 2, Buffer.from([0xff, 0xff]), six)],
  ['another prefix', inserted(jpeg, 2, segment(tiff('II'), 'Exif\0\x01'))],
])('%s: read as sharp reads it', async (_, file) => {
  expect(ours(file)).toBe(await sharps(file))
})

test('bytes between segments are skipped', () => {
  expect(ours(inserted(jpeg, 2, six, Buffer.from([0, 1, 2])))).toBe('120x80, 6')
})

test('12 bits per sample and lossless coding are rejected with the header', () => {
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  const changed = (at: number, value: number) => {
    const file = Buffer.from(jpeg)
    file[frame + at] = value
    return () => sniffImage(file)
  }
  expect(changed(4, 12)).toThrow(/12 bits.*8 bits/)
  for (const kind of [0xc3, 0xc5, 0xc6, 0xc7, 0xcb, 0xcd, 0xce, 0xcf])
    expect(changed(1, kind)).toThrow(/JPEG/)
  for (const kind of [0xc0, 0xc1, 0xc2, 0xc9, 0xca]) expect(changed(1, kind)).not.toThrow()
})
