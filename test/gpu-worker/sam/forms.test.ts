/**
 * The public forms of SAM, by stand-ins whose answers are calculated here by hand. The photo has four
 * bands of 32 pixels from white to black; in the stand-ins' square it is 8 x 4 pixels.
 */

import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Found } from '../../../gpu-worker/sam/decoder.ts'
import { Sam } from '../../../gpu-worker/sam/sam.ts'
import {
  graphFolder,
  originalDecoder,
  pictureEncoder,
  planesEncoder,
  sam2Decoder,
  transformersDecoder,
} from './stand-ins.ts'

const [WIDTH, HEIGHT] = [128, 64]
/**
 * Bands of 255, 170, 85 and 0 are 2.249, 0.793, -0.662 and -2.118 with ImageNet's mean and deviation.
 * Minus the middles between them: these leave one, two and three bands white. FOUR
 * leaves all white.
 */
const [ONE, TWO, THREE, FOUR] = [-1.521, -0.066, 1.39, 3] as const
const click = { points: [{ x: 48, y: 16, on: true }], box: null }
const box = { left: 16, top: 16, width: 64, height: 32 }

let photo: Buffer
const opened: Sam[] = []

beforeAll(async () => {
  const bands = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => {
    const x = Math.floor(i / 3) % WIDTH
    return 255 - 85 * Math.floor(x / 32)
  })
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 as const }
  photo = await sharp(bands, { raw }).png().toBuffer()
})
afterAll(() => Promise.all(opened.map((sam) => sam.close())))

async function open(graphs: Readonly<Record<string, Uint8Array>>): Promise<Sam> {
  const sam = await Sam.open(await graphFolder(graphs), { provider: 'cpu', threads: 1 })
  opened.push(sam)
  return sam
}

/** How many bands are white, or NaN for another mask. */
function bands({ mask: { width, height, data } }: Found): number {
  expect([width, height]).toEqual([WIDTH, HEIGHT])
  const row = data.subarray(0, WIDTH)
  const white = row.reduce((sum, value) => sum + value, 0)
  const same = data.every((value, i) => value === (i % WIDTH < white ? 1 : 0))
  return same ? white / 32 : Number.NaN
}

/** The square has a sixteenth of the photo's scale. Labels: 1 on, 0 off, 2 and 3 corners, -1 padding. */
describe("Segment Anything's own export", () => {
  const encoder = planesEncoder('input', ['output'])

  test('with one mask gets labelled points, a box as its corners, and padding without a box', async () => {
    // The decoder comes first, and neither file has a telling name.
    const sam = await open({ 'a.onnx': originalDecoder([TWO]), 'b.onnx': encoder })
    const one = await sam.find(photo, click)
    // (3, 1) is on: 3 (3 + 10); the padding (0, 0) counts nothing.
    expect([bands(one), one.score]).toEqual([2, 39])
    const boxed = await sam.find(photo, { points: [], box })
    // (1, 1) is the first corner: 4 (11); (5, 3) the second: 5 (35).
    expect([bands(boxed), boxed.score]).toEqual([2, 219])
    const off = { x: 112, y: 32, on: false }
    const all = await sam.find(photo, { points: [...click.points, off], box })
    // (7, 2) is off: 2 (27).
    expect(all.score).toBe(39 + 54 + 219)
  })

  test('with one mask has candidates by boxes; equal ones are one', async () => {
    const sam = await open({ 'a.onnx': originalDecoder([TWO]), 'b.onnx': encoder })
    const found = await sam.candidates(photo, click)
    // An answer that nobody waits for any more is not made.
    let checks = 0
    const stopped = new Error('canceled')
    const signal = Object.assign(new AbortController().signal, {
      throwIfAborted: () => {
        if (++checks === 2) throw stopped
      },
    })
    await expect(sam.candidates(photo, click, signal)).rejects.toBe(stopped)
    // The boxes around a click are asked about together, after the click.
    expect(checks).toBe(5)
    expect(found.map(bands)).toEqual([2])
    // The largest box around (48, 16) has a side of 153.6: corners (0, 0) and (124.8, 64), cut at the photo.
    expect(found[0]?.score).toBeCloseTo(39 + 5 * (7.8 + 40) - 0.02, 3)
  })

  test('with four masks answers one click with the last three, and all else with the first', async () => {
    const sam = await open({
      'encoder.onnx': encoder,
      'decoder.onnx': originalDecoder([FOUR, ONE, TWO, THREE]),
    })
    expect((await sam.candidates(photo, click)).map(bands)).toEqual([1, 2, 3])
    const best = await sam.find(photo, click)
    expect([bands(best), best.score]).toEqual([3, 39 + 3])
    const boxed = await sam.candidates(photo, { points: [], box })
    expect(boxed.map((one) => [bands(one), one.score])).toEqual([[4, 219]])
  })

  test('with a picture as input, which the graph normalises', async () => {
    const sam = await open({
      'a.onnx': pictureEncoder('input_image', 'image_embeddings'),
      'b.onnx': originalDecoder([0]),
    })
    const square = await sharp(photo)
      .resize({ width: 64, height: 64, fit: 'fill' })
      .png()
      .toBuffer()
    const { mask } = await sam.find(square, click)
    // The middle of 255, 170, 85 and 0 is 127.5.
    const white = mask.data.reduce((sum, value) => sum + value, 0) / mask.data.length
    expect(white).toBeCloseTo(0.5, 1)
  })
})

test('SAM 2: the photo fills the square, and features are linked by name', async () => {
  const names = ['high_res_feats_0', 'high_res_feats_1', 'image_embed']
  const sam = await open({ 'a.onnx': planesEncoder('image', names), 'b.onnx': sam2Decoder([TWO]) })
  const one = await sam.find(photo, click)
  // (3, 2): 3 (3 + 20).
  expect([bands(one), one.score]).toEqual([2, 69])
  const boxed = await sam.find(photo, { points: [], box })
  // Corners (1, 2) and (5, 6): 4 (21) + 5 (65).
  expect(boxed.score).toBe(84 + 325)
})

test("transformers' export takes points only: a box is its centre and points around it", async () => {
  const names = ['image_embeddings', 'image_positional_embeddings']
  const sam = await open({
    'a.onnx': planesEncoder('pixel_values', names),
    'b.onnx': transformersDecoder([ONE, TWO, THREE]),
  })
  expect((await sam.candidates(photo, click)).map(bands)).toEqual([1, 2, 3])
  const best = await sam.find(photo, click)
  expect([bands(best), best.score]).toEqual([3, 39 + 2])
  const boxed = await sam.find(photo, { points: [], box })
  // The centre (48, 32) is on: 3 (3 + 20). Off, 3.2 outside: three columns x, three rows y.
  const [xs, ys] = [
    [12.8, 48, 83.2],
    [12.8, 32, 51.2],
  ] as const
  const off = xs.flatMap((x) => ys.map((y) => (x === 48 && y === 32 ? 0 : (2 * (x + 10 * y)) / 16)))
  expect(boxed.score).toBeCloseTo(69 + off.reduce((sum, one) => sum + one) + 2, 3)
})

describe('a folder is refused', () => {
  const refusal = async (graphs: Readonly<Record<string, Uint8Array>>) =>
    expect(Sam.open(await graphFolder(graphs), { provider: 'cpu' })).rejects

  test('without two graphs', async () => {
    const only = await refusal({ 'a.onnx': originalDecoder([0]) })
    await only.toMatchObject({ code: 'model_unavailable', message: /has 1 files/ })
  })

  test('with graphs of another form, which are named by what they take', async () => {
    const encoder = planesEncoder('input', ['output'])
    const other = await refusal({ 'a.onnx': encoder, 'b.onnx': encoder })
    await other.toMatchObject({
      code: 'model_unavailable',
      message: /no decoder of a known form; its graphs take input and input/,
    })
  })
})
