import sharp from 'sharp'
import { expect, test } from 'vitest'
import { decodePhoto, encodePhoto } from '../../../gpu-worker/photo/image.ts'
import { pngColour } from '../../../gpu-worker/photo/png-colour.ts'
import { chunk, inserted } from '../../fixtures/tagged.ts'

const colour = { r: 60, g: 90, b: 120 }
const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: colour } })
  .png()
  .toBuffer()
const withChunks = (...chunks: Buffer[]) => inserted(png, 33, ...chunks)
const gamma = (value: number) => {
  const body = Buffer.alloc(4)
  body.writeUInt32BE(value)
  return chunk('gAMA', body)
}
const cicp = (...codes: number[]) => chunk('cICP', Buffer.from(codes))

/** The first pixel after a round trip: as a value, and as sRGB shows it. */
async function roundTrip(file: Buffer, format: 'png' | 'webp' = 'png') {
  const photo = await decodePhoto(file)
  const { bytes } = await encodePhoto(photo.rgb, photo, { format, quality: 100 })
  const pixel = async (ignoreIcc: boolean) => [
    ...(await sharp(bytes, { ignoreIcc }).toColourspace('srgb').raw().toBuffer()).subarray(0, 3),
  ]
  return { values: await pixel(true), seen: await pixel(false) }
}

/** sRGB of light (IEC 61966-2-1). */
const srgb = (light: number) =>
  255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055)
const linear = (value: number) => {
  const v = value / 255
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
}
function near(seen: readonly number[], wanted: readonly number[], by = 1.6) {
  seen.forEach((value, i) => {
    expect(Math.abs(value - (wanted[i] as number)), `${seen} for ${wanted}`).toBeLessThan(by)
  })
}

test('values of gamma 1 are kept, and still look as bright', async () => {
  const { values, seen } = await roundTrip(withChunks(gamma(100_000)))
  expect(values).toEqual([60, 90, 120])
  near(
    seen,
    [60, 90, 120].map((value) => srgb(value / 255)),
  )
  near((await roundTrip(withChunks(gamma(100_000)), 'webp')).seen, seen, 4)
})

test('values of Display P3 in cICP are kept, and still have their colours', async () => {
  const { values, seen } = await roundTrip(withChunks(cicp(12, 13, 0, 1)))
  expect(values).toEqual([60, 90, 120])
  // From linear Display P3 to linear sRGB (CSS Color 4, sample code).
  const [r, g, b] = [60, 90, 120].map(linear) as [number, number, number]
  near(seen, [
    srgb(1.2249401762805598 * r - 0.22494017628055996 * g),
    srgb(-0.042056954709688163 * r + 1.0420569547096881 * g),
    srgb(-0.019637554590334432 * r - 0.078636045550631889 * g + 1.0982736001409663 * b),
  ])
})

test('values of BT.709 in cICP look as a display shows them: with gamma 2.4', async () => {
  for (const transfer of [1, 6, 14, 15]) {
    const { seen } = await roundTrip(withChunks(cicp(1, transfer, 0, 1)))
    // BT.1886, which H.273 names for these.
    near(
      seen,
      [60, 90, 120].map((value) => srgb((value / 255) ** 2.4)),
    )
  }
})

test('sRGB in whatever words needs no profile', () => {
  expect(pngColour(withChunks(cicp(1, 13, 0, 1)))).toBe(null)
  for (const chunks of [[gamma(45_455)], [chunk('sRGB', Buffer.of(0)), gamma(100_000)], []])
    expect(pngColour(withChunks(...chunks))).toBe('own')
})

test('cICP is before a profile, a profile before gAMA', async () => {
  const p3 = await sharp(png).withIccProfile('p3').png().toBuffer()
  const both = (...chunks: Buffer[]) => inserted(p3, 33, ...chunks)
  expect((await decodePhoto(both(cicp(1, 13, 0, 1)))).profile).toBe(null)
  const { profile } = await decodePhoto(p3)
  expect((await decodePhoto(both(gamma(100_000)))).profile).toEqual(profile)
})

test('primaries that no display can have are those of sRGB', async () => {
  const plain = await roundTrip(withChunks(gamma(100_000)))
  for (const body of [Buffer.alloc(32), Buffer.alloc(32, 0xff)])
    expect(await roundTrip(withChunks(gamma(100_000), chunk('cHRM', body)))).toEqual(plain)
})

test('HDR is rejected', async () => {
  await expect(decodePhoto(withChunks(cicp(9, 16, 0, 1)))).rejects.toMatchObject({
    code: 'image_format_unsupported',
  })
})
