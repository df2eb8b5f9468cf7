import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { decodePhoto, encodePhoto, rgbOf, workingPixels } from '../../../gpu-worker/photo/image.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'

const random = randomNumbers(5)
const size = { width: 70, height: 66 }
const raw = Buffer.from(Uint8Array.from({ length: 70 * 66 * 4 }, () => Math.floor(random() * 256)))
const rgba = () => sharp(raw, { raw: { ...size, channels: 4 } })
const rgb = () => rgba().removeAlpha()
const png = { format: 'png', quality: 90 } as const

/** Decodes and encodes a photo without changes, and decodes the result. */
async function roundTrip(file: Buffer) {
  const photo = await decodePhoto(file)
  const out = Buffer.from((await encodePhoto(photo.rgb, photo, png)).bytes)
  return { photo, out, metadata: await sharp(out).metadata() }
}

describe('unedited pixels do not change by a bit', () => {
  test('RGB', async () => {
    const file = await rgb().png().toBuffer()
    const { out } = await roundTrip(file)
    expect(await sharp(out).raw().toBuffer()).toEqual(await sharp(file).raw().toBuffer())
  })

  test('alpha, and the colours of fully transparent pixels', async () => {
    const file = await rgba().png().toBuffer()
    const { out, metadata } = await roundTrip(file)
    expect(metadata.hasAlpha).toBe(true)
    expect(await sharp(out).raw().toBuffer()).toEqual(raw)
  })

  test('an RGB profile stays attached, and the values do not change', async () => {
    const wide = await rgba().withIccProfile('p3').png().toBuffer()
    const values = await sharp(wide, { ignoreIcc: true }).raw().toBuffer()
    const { photo, out, metadata } = await roundTrip(wide)
    expect(photo.profile?.length).toBeGreaterThan(100)
    expect(Buffer.compare(metadata.icc as Buffer, photo.profile as Buffer)).toBe(0)
    expect(await sharp(out, { ignoreIcc: true }).raw().toBuffer()).toEqual(values)
    for (const format of ['jpeg', 'webp'] as const) {
      const other = await sharp(
        (await encodePhoto(photo.rgb, photo, { format, quality: 80 })).bytes,
      ).metadata()
      expect(other.icc?.length).toBe(photo.profile?.length)
    }
  })
})

describe('other kinds of images become 8-bit RGB', () => {
  test.each([
    ['grey', () => rgb().greyscale().png().toBuffer()],
    ['grey with alpha', () => rgba().greyscale().png().toBuffer()],
    ['palette', () => rgba().png({ palette: true, colours: 32 }).toBuffer()],
    ['16 bits', () => rgb().toColourspace('rgb16').png().toBuffer()],
    ['CMYK', () => rgb().toColourspace('cmyk').jpeg().toBuffer()],
    ['JPEG', () => rgb().jpeg().toBuffer()],
    ['WebP', () => rgba().webp().toBuffer()],
  ])('%s', async (_, make) => {
    const file = await make()
    const photo = await decodePhoto(file)
    expect(photo.rgb.length).toBe(3 * 70 * 66)
    const seen = await sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer()
    const worst = photo.rgb.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (seen[i] as number))),
      0,
    )
    expect(worst).toBeLessThanOrEqual(1)
  })

  test('EXIF orientation is applied', async () => {
    const turned = await rgb().withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer()
    const photo = await decodePhoto(turned)
    expect([photo.width, photo.height]).toEqual([66, 70])
    const { metadata } = await roundTrip(turned)
    expect(metadata.orientation).toBeUndefined()
    expect([metadata.width, metadata.height]).toEqual([66, 70])
  })
})

test('a transparent photo becomes a JPEG on white', async () => {
  const clear = await sharp({ create: { ...size, channels: 4, background: '#0000' } })
    .png()
    .toBuffer()
  const photo = await decodePhoto(clear)
  const { data } = await sharp(
    (await encodePhoto(photo.rgb, photo, { format: 'jpeg', quality: 100 })).bytes,
  )
    .raw()
    .toBuffer({ resolveWithObject: true })
  expect(data[0]).toBe(255)
})

test('a truncated file is rejected', async () => {
  const file = await rgb().png().toBuffer()
  await expect(decodePhoto(file.subarray(0, file.length / 2))).rejects.toMatchObject({
    code: 'image_truncated',
  })
  const jpeg = await rgb().jpeg().toBuffer()
  await expect(decodePhoto(jpeg.subarray(0, jpeg.length / 2))).rejects.toMatchObject({
    code: 'image_truncated',
  })
})

test('pixels become planes in [-1, 1] and are converted back, clamped', async () => {
  const photo = {
    width: 2,
    height: 1,
    rgb: Uint8Array.of(0, 51, 255, 255, 102, 0),
    alpha: null,
    profile: null,
  }
  const planes = await workingPixels(photo.rgb, photo, photo)
  expect([...planes].map((value) => Math.round(value * 1000) / 1000)).toEqual([
    -1, 1, -0.6, -0.2, 1, -1,
  ])
  expect([...rgbOf(planes, photo)]).toEqual([0, 51, 255, 255, 102, 0])
  expect(rgbOf(Float32Array.of(-3, 3, 0, 0, 0, 0), photo)[0]).toBe(0)
})

describe('metadata and size of a result', () => {
  test.each(['png', 'jpeg', 'webp'] as const)(
    '%s is marked as made by software, without metadata of the photo',
    async (format) => {
      const file = await rgb()
        .withExif({ IFD0: { Copyright: 'somebody' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
        .jpeg()
        .toBuffer()
      const photo = await decodePhoto(file)
      const { bytes } = await encodePhoto(photo.rgb, photo, { format, quality: 80 })
      const { exif, xmp } = await sharp(bytes).metadata()
      expect(exif).toBeUndefined()
      expect(xmp?.toString()).toContain('digitalsourcetype/compositeWithTrainedAlgorithmicMedia')
    },
  )

  test('maxSize bounds the longer side, and never enlarges', async () => {
    const photo = await decodePhoto(await rgb().png().toBuffer())
    const small = await encodePhoto(photo.rgb, photo, { ...png, maxSize: 64 })
    expect(small).toMatchObject({ width: 64, height: 60 })
    expect(await sharp(small.bytes).metadata()).toMatchObject({ width: 64, height: 60 })
    expect(await encodePhoto(photo.rgb, photo, { ...png, maxSize: 4000 })).toMatchObject(size)
  })
})
