import { expect, test } from 'vitest'
import { readAffects } from '../../../../shared/edit/area/affects.ts'
import { workingArea } from '../../../../shared/edit/area/working-area.ts'
import { unpackMask } from '../../../../shared/files/packed-mask.ts'
import { greyPng, rectangleMask } from '../../../fixtures/png.ts'

const image = { width: 400, height: 200 }

test('the mask keeps its size; its box is in pixels of the photo', async () => {
  const { packed, box, share } = await readAffects(
    image,
    await rectangleMask(200, 100, 20, 30, 60, 50),
  )
  expect(box).toEqual({ left: 40, top: 60, width: 80, height: 40 })
  expect(share).toBe(0.04)
  const { width, height, data } = await unpackMask(packed)
  expect([width, height, data.reduce((sum, value) => sum + value, 0)]).toEqual([200, 100, 800])
})

test.each([
  ['mask_unreadable', Promise.resolve(new TextEncoder().encode('no picture'))],
  ['mask_size_mismatch', greyPng(64, 64, () => 255)],
  ['mask_empty', greyPng(200, 100, () => 0)],
])('%s is said as of a mask, with its own pointer', async (code, png) => {
  await expect(readAffects(image, await png)).rejects.toMatchObject({ code, pointer: '/affects' })
})

test('a crop around the edit holds what is affected', () => {
  const photo = { width: 2000, height: 2000 }
  const data = new Uint8Array(100 * 100)
  for (let y = 50; y < 55; y++) data.fill(1, y * 100 + 50, y * 100 + 55)
  const drags = [{ handle: { x: 1040, y: 1040 }, target: { x: 1100, y: 1040 } }]
  const mask = { width: 100, height: 100, data }
  const cropFor = (affected: Parameters<typeof workingArea>[5]) =>
    workingArea('embedded', photo, drags, mask, 'region', affected)
  const [without, wider] = [
    cropFor(null),
    cropFor({ left: 300, top: 1000, width: 100, height: 50 }),
  ]
  expect(without?.left).toBeGreaterThan(400)
  expect(wider?.left).toBeLessThanOrEqual(300)
})
