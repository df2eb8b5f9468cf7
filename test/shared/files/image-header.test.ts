import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { MAX_IMAGE_BYTES, readImageHeader } from '../../../shared/files/image-header.ts'

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#357' } })
const codeOf = (bytes: Uint8Array) => {
  try {
    readImageHeader(bytes)
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'accepted'
}

describe('the size as displayed matches that of sharp', () => {
  const cases = (['png', 'jpeg', 'webp'] as const).flatMap((format) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => [format, orientation] as const),
  )
  test.each(cases)('%s, orientation %d', async (format, orientation) => {
    const file = await picture(80, 120).withMetadata({ orientation }).toFormat(format).toBuffer()
    const { info } = await sharp(file).autoOrient().toBuffer({ resolveWithObject: true })
    expect(readImageHeader(file)).toEqual({
      format,
      width: info.width,
      height: info.height,
      orientation,
      animated: false,
    })
  })

  test('lossless and alpha WebP, progressive JPEG', async () => {
    const lossless = await picture(71, 93).webp({ lossless: true }).toBuffer()
    const alpha = await picture(71, 93).ensureAlpha(0.5).webp().toBuffer()
    const progressive = await picture(71, 93).jpeg({ progressive: true }).toBuffer()
    for (const file of [lossless, alpha, progressive])
      expect(readImageHeader(file)).toMatchObject({ width: 71, height: 93 })
  })
})

describe('errors', () => {
  test('an empty file, another format, a truncated header', async () => {
    expect(codeOf(new Uint8Array(0))).toBe('image_missing')
    expect(codeOf(Buffer.from('hello, this is text'))).toBe('image_unreadable')
    expect(codeOf(await picture(80, 80).gif().toBuffer())).toBe('image_unreadable')
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      const file = await picture(80, 80).toFormat(format).toBuffer()
      expect(codeOf(file.subarray(0, 18))).toBe('image_unreadable')
    }
  })

  test.each([
    ['GIF89a', /GIF/],
    ['BM\xf6\0\0\0', /BMP/],
    ['\xff\x0a\xfa', /JPEG XL/],
    ['\0\0\0\x0cJXL \r\n\x87\n', /JPEG XL/],
    ['\0\0\0\x0cjP  \r\n\x87\n', /JPEG 2000/],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', /SVG/],
    ['<?xml version="1.0"?><svg/>', /SVG/],
    ['<!DOCTYPE html>', /HTML/],
    ['%PDF-1.7', /PDF/],
    ['8BPS\0\x01', /Photoshop/],
    ['data:image/png;base64,iVBOR', /base64/],
    ['iVBORw0KGgoAAAANSUhEUg', /base64/],
    ['/9j/4AAQSkZJRgABAQ', /base64/],
  ])('%j is named: %s', (head, name) => {
    const file = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.alloc(40)])
    expect(() => readImageHeader(file)).toThrow(name)
    expect(codeOf(file)).toBe('image_unreadable')
  })

  test('AVIF is not called HEIC', () => {
    const file = Buffer.concat([
      Buffer.from([0, 0, 0, 24]),
      Buffer.from('ftypavif'),
      Buffer.alloc(32),
    ])
    expect(() => readImageHeader(file)).toThrow(/is AVIF/)
    expect(codeOf(file)).toBe('image_format_unsupported')
  })

  test('HEIC and RAW are named, with formats to send instead', () => {
    const heic = Buffer.concat([
      Buffer.from([0, 0, 0, 24]),
      Buffer.from('ftypheic'),
      Buffer.alloc(32),
    ])
    expect(codeOf(heic)).toBe('image_format_unsupported')
    expect(() => readImageHeader(heic)).toThrow(/HEIC.*JPEG/)
    expect(codeOf(Buffer.from('FUJIFILMCCD-RAW 0201'))).toBe('image_format_unsupported')
    expect(codeOf(Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toBe(
      'image_format_unsupported',
    )
  })

  test('a side under 64, more than 40 megapixels, more than 20 MB', async () => {
    expect(codeOf(await picture(63, 400).png().toBuffer())).toBe('image_too_small')
    expect(codeOf(await picture(64, 64).png().toBuffer())).toBe('accepted')
    const huge = await picture(64, 64).png().toBuffer()
    huge.writeUInt32BE(8001, 16)
    huge.writeUInt32BE(5000, 20)
    expect(codeOf(huge)).toBe('image_too_large')
    expect(codeOf(new Uint8Array(MAX_IMAGE_BYTES + 1))).toBe('image_too_large')
  })

  test('more than one frame, in WebP and PNG', async () => {
    const frames = sharp(
      Buffer.concat([Buffer.alloc(64 * 64 * 3, 90), Buffer.alloc(64 * 64 * 3, 9)]),
      { raw: { width: 64, height: 128, channels: 3, pageHeight: 64 } },
    )
    expect(codeOf(await frames.webp().toBuffer())).toBe('image_animated')
    const still = await picture(64, 64).png().toBuffer()
    const animation = Buffer.from([
      0,
      0,
      0,
      8,
      ...Buffer.from('acTL'),
      0,
      0,
      0,
      2,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    ])
    expect(codeOf(Buffer.concat([still.subarray(0, 33), animation, still.subarray(33)]))).toBe(
      'image_animated',
    )
  })
})
