import { expect, test } from 'vitest'
import { ours, plain, sharps, tiff } from '../../../fixtures/tagged.ts'

const frame = plain.webp.subarray(12)
const prefix = Buffer.from('Exif\0\0')

function chunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(type)
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)])
}

function riff(...chunks: Buffer[]): Buffer {
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]))
}

function canvas(flags: number, width = 80, height = 120): Buffer {
  const body = Buffer.alloc(10)
  body[0] = flags
  body.writeUIntLE(width - 1, 4, 3)
  body.writeUIntLE(height - 1, 7, 3)
  return chunk('VP8X', body)
}

const six = chunk('EXIF', tiff('II'))
const three = chunk('EXIF', tiff('II', [{ value: 3 }]))

test.each<[string, Buffer]>([
  ['after the frame', riff(canvas(8), frame, six)],
  ['before the frame', riff(canvas(8), six, frame)],
  [
    'with the prefix of JPEG',
    riff(canvas(8), frame, chunk('EXIF', Buffer.concat([prefix, tiff('II')]))),
  ],
  ['with a LONG', riff(canvas(8), frame, chunk('EXIF', tiff('MM', [{ type: 4 }])))],
  ['not announced', riff(canvas(0), frame, six)],
  ['without VP8X', riff(frame, six)],
  ['two', riff(canvas(8), frame, three, six)],
  ['after the end of the RIFF', Buffer.concat([riff(canvas(8), frame), six])],
])('EXIF %s: read as sharp reads it', async (_, file) => {
  expect(ours(file)).toBe(await sharps(file))
})

test('a frame of another size than the canvas is rejected, as sharp rejects it', async () => {
  const file = riff(canvas(0, 120, 80), frame)
  expect(() => ours(file)).toThrow(/120x80.*80x120/)
  await expect(sharps(file)).rejects.toThrow()
})
