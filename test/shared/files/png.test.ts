import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { crc32, decodePngMask, decodePngThings } from '../../../shared/files/png.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'

const COLOUR_TYPES = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgbAlpha: 6 }

function chunk(type: string, body: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type), body])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(body.length, 0)
  frame.writeUInt32BE(crc32(typed), 4)
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)])
}

/** A hand-made PNG: `rows` are the raw bytes of each line, without filters. */
function png(
  header: { width: number; height: number; depth: number; type: number },
  rows: number[][],
  extra: Buffer[] = [],
): Buffer {
  const ihdr = Buffer.alloc(13)
  ihdr.writeUInt32BE(header.width, 0)
  ihdr.writeUInt32BE(header.height, 4)
  ihdr.set([header.depth, header.type, 0, 0, 0], 8)
  const data = deflateSync(Buffer.concat(rows.map((row) => Buffer.from([0, ...row]))))
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
  return Buffer.concat([
    signature,
    chunk('IHDR', ihdr),
    ...extra,
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const bits = async (bytes: Uint8Array) => [...(await decodePngMask(bytes)).data].join('')
const codeOf = (bytes: Uint8Array) =>
  decodePngMask(bytes).then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  )

describe('white pixels, calculated by hand', () => {
  test('grey: 127 is not white, 128 is', async () => {
    expect(
      await bits(
        png({ width: 4, height: 1, depth: 8, type: COLOUR_TYPES.grey }, [[0, 127, 128, 255]]),
      ),
    ).toBe('0011')
  })

  test('1, 2 and 4 bits are scaled to 255: of 16 greys the upper 8 are white', async () => {
    expect(await bits(png({ width: 4, height: 1, depth: 1, type: 0 }, [[0b10110000]]))).toBe('1011')
    expect(await bits(png({ width: 4, height: 1, depth: 2, type: 0 }, [[0b00011011]]))).toBe('0011')
    expect(await bits(png({ width: 4, height: 1, depth: 4, type: 0 }, [[0x07, 0x8f]]))).toBe('0011')
  })

  test('16 bits: the low byte is ignored', async () => {
    expect(await bits(png({ width: 2, height: 1, depth: 16, type: 0 }, [[127, 255, 128, 0]]))).toBe(
      '01',
    )
  })

  test('16 bits of which only the low byte is used: 0 and 1, or 0 and 255', async () => {
    const low = (value: number) =>
      png({ width: 2, height: 1, depth: 16, type: 0 }, [[0, 0, 0, value]])
    expect([await bits(low(1)), await bits(low(255))]).toEqual(['01', '01'])
    expect(
      await bits(png({ width: 3, height: 1, depth: 16, type: 0 }, [[0, 0, 0, 255, 255, 0]])),
    ).toBe('001')
  })

  test('colours by luma: pure green is white, pure red and blue are not', async () => {
    expect(
      await bits(
        png({ width: 3, height: 1, depth: 8, type: 2 }, [[255, 0, 0, 0, 255, 0, 0, 0, 255]]),
      ),
    ).toBe('010')
  })

  test('alpha: white with an alpha of 127 is not white, with 128 it is', async () => {
    expect(
      await bits(
        png({ width: 2, height: 1, depth: 8, type: 6 }, [[255, 255, 255, 127, 255, 255, 255, 128]]),
      ),
    ).toBe('01')
    expect(
      await bits(png({ width: 2, height: 1, depth: 8, type: 4 }, [[255, 127, 255, 128]])),
    ).toBe('01')
  })

  test('a palette is expanded with its alphas; an entry that does not exist is rejected', async () => {
    const extra = [
      chunk('PLTE', Buffer.from([0, 0, 0, 255, 255, 255, 255, 255, 255])),
      chunk('tRNS', Buffer.from([255, 0])),
    ]
    const header = { width: 3, height: 1, depth: 8, type: 3 }
    expect(await bits(png(header, [[0, 1, 2]], extra))).toBe('001')
    expect(await codeOf(png(header, [[0, 1, 3]], extra))).toBe('mask_unreadable')
    expect(await codeOf(png(header, [[0, 1, 2]]))).toBe('mask_unreadable')
  })

  test('the transparent colour of a grey or RGB image is not white', async () => {
    expect(
      await bits(
        png(
          { width: 2, height: 1, depth: 8, type: 0 },
          [[200, 201]],
          [chunk('tRNS', Buffer.from([0, 200]))],
        ),
      ),
    ).toBe('01')
    const white = chunk('tRNS', Buffer.from([0, 255, 0, 255, 0, 255]))
    expect(
      await bits(
        png({ width: 2, height: 1, depth: 8, type: 2 }, [[255, 255, 255, 254, 255, 255]], [white]),
      ),
    ).toBe('01')
  })
})

describe('masks of other tools', () => {
  test('0 and 1, as benchmarks store them', async () => {
    expect(await bits(png({ width: 3, height: 1, depth: 8, type: 0 }, [[0, 1, 0]]))).toBe('010')
  })

  test('a red brush on nothing', async () => {
    const row = [255, 0, 0, 0, 255, 0, 0, 255]
    expect(await bits(png({ width: 2, height: 1, depth: 8, type: 6 }, [row]))).toBe('01')
  })

  test('one dark colour of a palette', async () => {
    const palette = chunk('PLTE', Buffer.from([0, 0, 0, 128, 0, 0]))
    expect(await bits(png({ width: 2, height: 1, depth: 8, type: 3 }, [[0, 1]], [palette]))).toBe(
      '01',
    )
  })

  test('several classes are rejected, and so is a JPEG, by name', async () => {
    expect(await codeOf(png({ width: 3, height: 1, depth: 8, type: 0 }, [[0, 1, 2]]))).toBe(
      'mask_empty',
    )
    const jpeg = await sharp(Buffer.alloc(64 * 64), { raw: { width: 64, height: 64, channels: 1 } })
      .jpeg()
      .toBuffer()
    await expect(decodePngMask(jpeg)).rejects.toThrow('it is a jpeg; send a PNG')
  })
})

describe('agrees with sharp for every way to encode a picture', () => {
  const random = randomNumbers(11)
  const width = 37
  const height = 21
  const rgba = Buffer.from(
    Uint8Array.from({ length: 4 * width * height }, () => Math.floor(random() * 256)),
  )
  const source = () => sharp(rgba, { raw: { width, height, channels: 4 } })
  const variants: [string, () => Promise<Buffer>][] = [
    ['RGBA', () => source().png().toBuffer()],
    ['RGBA, interlaced', () => source().png({ progressive: true }).toBuffer()],
    ['RGB, filtered', () => source().removeAlpha().png({ adaptiveFiltering: true }).toBuffer()],
    [
      'RGB, interlaced',
      () => source().removeAlpha().png({ progressive: true, adaptiveFiltering: true }).toBuffer(),
    ],
    ['grey', () => source().removeAlpha().greyscale().png().toBuffer()],
    ['palette of 16', () => source().png({ palette: true, colours: 16 }).toBuffer()],
    [
      'palette of 2',
      () => source().removeAlpha().png({ palette: true, colours: 2, progressive: true }).toBuffer(),
    ],
    ['16 bits', () => source().toColourspace('rgb16').png().toBuffer()],
  ]
  test.each(variants)('%s', async (_, encode) => {
    const file = await encode()
    const { data } = await sharp(file)
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    const wanted = Array.from({ length: width * height }, (__, i) => {
      const [r, g, b, a] = [0, 1, 2, 3].map((k) => data[4 * i + k] as number) as [
        number,
        number,
        number,
        number,
      ]
      return (299 * r + 587 * g + 114 * b) * a > 127 * 255 * 1000 ? 1 : 0
    }).join('')
    expect(await bits(file)).toBe(wanted)
  })

  test.each([
    [1, 1],
    [2, 1],
    [1, 3],
    [5, 5],
    [4, 9],
  ])('interlaced %dx%d: passes without pixels are not there', async (w, h) => {
    const small = await sharp({ create: { width: w, height: h, channels: 3, background: '#fff' } })
      .png({ progressive: true })
      .toBuffer()
    expect(await bits(small)).toBe('1'.repeat(w * h))
  })
})

describe('errors', () => {
  const good = png({ width: 2, height: 2, depth: 8, type: 0 }, [
    [255, 0],
    [0, 255],
  ])

  test('not a PNG, no header, a truncated file, a wrong checksum, an invalid header', async () => {
    expect(await codeOf(Buffer.from('GIF89a'))).toBe('mask_unreadable')
    expect(await codeOf(new Uint8Array(0))).toBe('mask_unreadable')
    expect(await codeOf(good.subarray(0, 20))).toBe('mask_unreadable')
    expect(await codeOf(good.subarray(0, 45))).toBe('mask_unreadable')
    const broken = Buffer.from(good)
    broken[30] = 1
    expect(await codeOf(broken)).toBe('mask_unreadable')
    expect(await codeOf(png({ width: 2, height: 1, depth: 3, type: 0 }, [[0]]))).toBe(
      'mask_unreadable',
    )
    expect(await codeOf(png({ width: 0, height: 1, depth: 8, type: 0 }, [[]]))).toBe(
      'mask_unreadable',
    )
    expect(await codeOf(png({ width: 2, height: 3, depth: 8, type: 0 }, [[1, 2]]))).toBe(
      'mask_unreadable',
    )
    const garbage = Buffer.concat([
      good.subarray(0, 33),
      chunk('IDAT', Buffer.from([1, 2, 3])),
      chunk('IEND', Buffer.alloc(0)),
    ])
    expect(await codeOf(garbage)).toBe('mask_unreadable')
  })

  test('what is cut off is called so', async () => {
    const cut = Buffer.concat([
      good.subarray(0, 33),
      chunk('IDAT', good.subarray(41, 47)),
      chunk('IEND', Buffer.alloc(0)),
    ])
    await expect(decodePngMask(cut)).rejects.toThrow(/cut off or damaged/)
  })

  test('a size over the limit, before anything is inflated', async () => {
    expect(await codeOf(png({ width: 3000, height: 3000, depth: 8, type: 0 }, [[0]]))).toBe(
      'mask_too_large',
    )
  })

  test('a decompression bomb is inflated only up to the size in its header', async () => {
    const bomb = png({ width: 1, height: 1, depth: 8, type: 0 }, [
      [255],
      ...Array.from({ length: 64 }, () => new Array(65536).fill(0)),
    ])
    expect(await bits(bomb)).toBe('1')
  })
})

describe('a mask of things', () => {
  const things = async (bytes: Uint8Array) => [...((await decodePngThings(bytes)).things ?? [])]

  test('each colour but black and transparent is one, in the order of first pixels', async () => {
    const rgba = [0, 0, 9, 255, 0, 0, 0, 255, 255, 0, 0, 127, 255, 0, 0, 128, 0, 0, 9, 255]
    const read = await decodePngThings(png({ width: 5, height: 1, depth: 8, type: 6 }, [rgba]))
    expect([...(read.things ?? [])]).toEqual([1, 0, 0, 2, 1])
    expect([...read.data]).toEqual([1, 0, 0, 1, 1])
    const grey = png({ width: 4, height: 1, depth: 8, type: 0 }, [[7, 0, 3, 7]])
    expect(await things(grey)).toEqual([1, 0, 2, 1])
    const palette = chunk('PLTE', Buffer.from([0, 0, 0, 1, 2, 3, 255, 255, 255]))
    const indexed = png({ width: 4, height: 1, depth: 8, type: 3 }, [[2, 0, 1, 2]], [palette])
    expect(await things(indexed)).toEqual([1, 0, 2, 1])
  })

  test('with soft borders, and so too many colours, is rejected', async () => {
    const row = Array.from({ length: 66 }, (_, i) => i)
    const soft = png({ width: 66, height: 1, depth: 8, type: 0 }, [row])
    await expect(decodePngThings(soft)).rejects.toMatchObject({ code: 'mask_unreadable' })
    await expect(
      things(png({ width: 65, height: 1, depth: 8, type: 0 }, [row.slice(0, 65)])),
    ).resolves.toHaveLength(65)
  })
})
