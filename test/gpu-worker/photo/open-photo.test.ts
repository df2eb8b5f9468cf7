import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { decodePhoto } from '../../../gpu-worker/photo/image.ts'
import { openPhoto } from '../../../gpu-worker/photo/open-photo.ts'
import { planPicture } from '../../../gpu-worker/photo/plan-picture.ts'
import { smallPixels } from '../../../gpu-worker/photo/small-pixels.ts'
import { sniffImage } from '../../../shared/files/image-header.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'
import { chunk, inserted, plain, segment, tiff } from '../../fixtures/tagged.ts'

const random = randomNumbers(9)
const noise = Buffer.from(
  Uint8Array.from({ length: 80 * 120 * 3 }, () => Math.floor(random() * 256)),
)
const picture = () => sharp(noise, { raw: { width: 80, height: 120, channels: 3 } })

test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %d is upright', async (orientation) => {
  const file = await picture().withMetadata({ orientation }).png().toBuffer()
  const upright = await sharp(file).autoOrient().raw().toBuffer()
  expect((await openPhoto(file).raw().toBuffer()).equals(upright)).toBe(true)
})

describe('everything that opens a photo sees the size of its header', () => {
  test.each<[string, Buffer]>([
    ['a LONG', inserted(plain.jpeg, 2, segment(tiff('MM', [{ type: 4 }])))],
    ['a BYTE', inserted(plain.jpeg, 2, segment(tiff('MM', [{ type: 1 }])))],
    [
      'eXIf after the pixels',
      inserted(plain.png, plain.png.indexOf('IEND') - 4, chunk('eXIf', tiff('II'))),
    ],
  ])('%s', async (_, file) => {
    const { width, height } = sniffImage(file)
    expect(await decodePhoto(file)).toMatchObject({ width, height })
    expect(await smallPixels(file)).toMatchObject({ width, height })
    const grid = { rows: 1, cols: 1 }
    const plan = { grid, sourceMask: [], targets: [], sources: [], doubleView: [], editRegion: [] }
    const view = { tokens: [], positions: [] }
    const drawn = await planPicture(file, { width, height }, [], { ...plan, view })
    expect(await sharp(drawn).metadata()).toMatchObject({ width, height })
  })
})

describe.each([false, true])('a JPEG, progressive: %s,', (progressive) => {
  const file = picture().jpeg({ progressive }).toBuffer()

  test('without its end marker has every pixel', async () => {
    const whole = await decodePhoto(await file)
    const cut = (await file).subarray(0, -2)
    expect(Buffer.compare((await decodePhoto(cut)).rgb, whole.rgb)).toBe(0)
    expect((await smallPixels(cut)).height).toBe(120)
  })

  test.each([3, 10, 500])('without its last %d bytes lacks pixels', async (bytes) => {
    await expect(decodePhoto((await file).subarray(0, -bytes))).rejects.toMatchObject({
      code: 'image_truncated',
    })
  })

  test('with bytes after its end is whole', async () => {
    const longer = Buffer.concat([await file, Buffer.alloc(100, 7)])
    expect((await decodePhoto(longer)).height).toBe(120)
  })
})
