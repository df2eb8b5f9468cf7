import { describe, expect, test } from 'vitest'
import { exifOrientation } from '../../../../shared/files/header/exif.ts'
import { type Entry, inserted, plain, segment, sharps, tiff } from '../../../fixtures/tagged.ts'

/** The orientation of a block by sharp, from a JPEG that contains it. */
async function bySharp(block: Uint8Array): Promise<number> {
  const seen = await sharps(inserted(plain.jpeg, 2, segment(block)))
  return Number(seen.split(', ')[1])
}

describe.each(['II', 'MM'] as const)('%s: the orientation is that of sharp', (order) => {
  test.each(Array.from({ length: 14 }, (_, type) => type))('of type %d', async (type) => {
    for (const count of [0, 1, 2, 3, 5]) {
      const block = tiff(order, [{ type, count }])
      expect(exifOrientation(block), `count ${count}`).toBe(await bySharp(block))
    }
  })

  test.each<[string, Entry[]]>([
    ['out of range', [{ value: 9 }]],
    ['zero', [{ value: 0 }]],
    ['a LONG over 65535', [{ type: 4, value: 0x10006 }]],
    ['twice', [{ value: 3 }, { value: 6 }]],
    ['twice, the first out of range', [{ value: 0 }, { value: 6 }]],
    ['after another tag', [{ tag: 0x0128, value: 2 }, {}]],
    ['missing', [{ tag: 0x0128, value: 2 }]],
  ])('%s', async (_, entries) => {
    const block = tiff(order, entries)
    expect(exifOrientation(block)).toBe(await bySharp(block))
  })
})

test('a block that is cut off, or no TIFF, is read as sharp reads it', async () => {
  const block = tiff('II')
  for (const length of [4, 9, 20, 21, 22, 26])
    expect(exifOrientation(block.subarray(0, length)), `${length} bytes`).toBe(
      await bySharp(block.subarray(0, length)),
    )
  for (const [at, byte] of [
    [0, 0x58],
    [2, 43],
    [8, 50],
  ] as const) {
    const changed = Buffer.from(block)
    changed[at] = byte
    expect(exifOrientation(changed), `byte ${at}`).toBe(await bySharp(changed))
  }
})
