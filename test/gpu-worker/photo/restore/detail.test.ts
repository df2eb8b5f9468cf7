import { expect, test } from 'vitest'
import { rgbOf } from '../../../../gpu-worker/photo/image.ts'
import { restored } from '../../../../gpu-worker/photo/restore/restore.ts'
import type { DragPlan, Motion } from '../../../../shared/geometry/plan.ts'

/** 8 x 4 tokens of 8 working pixels; a working pixel is 4 x 4 of the photo. */
const photo = { width: 256, height: 128 }
const workingSize = { width: 64, height: 32 }
const grid = { rows: 4, cols: 8 }
/** Tokens 9 and 17, rows 1 and 2 of column 1, move by three columns. */
const plan: DragPlan = {
  grid,
  sourceMask: [9, 17],
  targets: [12, 20],
  sources: [9, 17],
  view: { tokens: [], positions: [] },
  doubleView: [],
  editRegion: Array.from({ length: 32 }, (_, i) => i).filter((i) => i % 8 < 6),
}
const drags = [{ handle: { x: 48, y: 64 }, target: { x: 144, y: 64 } }]
const motion: Motion = { power: 2, parts: [drags] }

/** Stripes of 2 pixels, 78 and 178: nothing of them is left at the working size. */
const stripe = (x: number) => 128 + Math.SQRT2 * 50 * Math.sin((Math.PI * (x + 0.5)) / 2)
const visible = Uint8Array.from({ length: 3 * photo.width * photo.height }, (_, i) =>
  Math.round(stripe(Math.floor(i / 3) % photo.width)),
)
const plane = 3 * workingSize.width * workingSize.height
const levels = (value: number) => new Float32Array(plane).fill(value / 127.5 - 1)
const grey = levels(128)

type Given = {
  readonly detail?: 'photo' | 'model'
  readonly known?: Motion | null
  readonly matched?: boolean
  readonly affected?: readonly number[]
}
const restore = (
  picture: Float32Array,
  { detail = 'photo', known = motion, matched = true, affected = [] }: Given = {},
) => {
  const region = plan.editRegion
  const sizes = { workingSize, visible, photo }
  const parts = { reference: grey, ...sizes, plan, motion: known, affected, region }
  return restored({ picture, ...parts }, { pixelComposite: matched, detail, seed: 1 })
}
const pixel = (rgb: Uint8Array, x: number, y: number) => rgb[3 * (y * photo.width + x)] as number
/** The inside of the target tokens: x from 128 to 159, y from 32 to 95. */
const inTargets = (visit: (x: number, y: number) => void) => {
  for (let y = 36; y < 92; y++) for (let x = 132; x < 156; x++) visit(x, y)
}

test.each([
  ['the field of the drags', motion],
  ['the tokens of the plan', null],
])('stripes finer than the working size come back where they moved, by %s', async (_, known) => {
  const result = await restore(grey, { known })
  inTargets((x, y) => expect(Math.abs(pixel(result, x, y) - stripe(x - 96))).toBeLessThan(1))
})

test('where the backbone changed the picture, it stays as it was, to the byte', async () => {
  const other = levels(128 + 24)
  const [enlarged, result] = [
    await restore(other, { detail: 'model', matched: false }),
    await restore(other, { matched: false }),
  ]
  inTargets((x, y) => expect(pixel(enlarged, x, y)).toBe(152))
  expect(Buffer.compare(result, enlarged)).toBe(0)
  // Halfway between agreeing (8 levels) and not at all (24), half of the detail comes back.
  const half = await restore(levels(128 + 16), { matched: false })
  inTargets((x, y) => {
    const expected = 144 + (stripe(x - 96) - 128) / 2
    expect(Math.abs(pixel(half, x, y) - expected)).toBeLessThan(1)
  })
})

test('the ground around what moves keeps its detail', async () => {
  const result = await restore(grey)
  // Tokens 10 and 11, between the old place and the new one, three working pixels from both.
  for (let y = 36; y < 60; y++)
    for (let x = 76; x < 116; x++) expect(Math.abs(pixel(result, x, y) - stripe(x))).toBeLessThan(1)
})

test('the old place gets the detail of a fill, unless the backbone painted other colours', async () => {
  const bands = (result: Uint8Array) => {
    let sum = 0
    for (let y = 44; y < 84; y++)
      for (let x = 40; x < 56; x++) sum += (pixel(result, x, y) - 128) ** 2
    return Math.sqrt(sum / (40 * 16))
  }
  // The stripes have a deviation of 50. Without a fill there is nothing.
  const deviation = bands(await restore(grey))
  expect(deviation).toBeGreaterThan(40)
  expect(deviation).toBeLessThan(60)
  const other = await restore(levels(128 + 24), { matched: false })
  for (let y = 44; y < 84; y++) for (let x = 40; x < 56; x++) expect(pixel(other, x, y)).toBe(152)
  expect(bands(await restore(grey, { detail: 'model' }))).toBe(0)
})

test('what is affected keeps its detail in a new light', async () => {
  // Token 7 is outside the edit region; the backbone made it darker by half.
  const dark = grey.slice()
  for (let k = 0; k < 3; k++)
    for (let y = 0; y < 32; y++)
      for (let x = 56; x < 64; x++) dark[(k * 32 + y) * 64 + x] = 64 / 127.5 - 1
  const column = [7, 15, 23, 31]
  const at = (x: number) => 64 + (stripe(x) - 128) / 2
  const result = await restore(dark, { affected: column, matched: false })
  // Four working pixels from the other tokens, and not at the end of the photo.
  for (let x = 240; x < 250; x++) expect(Math.abs(pixel(result, x, 64) - at(x))).toBeLessThan(2.5)
  const without = await restore(dark, { matched: false })
  for (let x = 240; x < 256; x++) expect(pixel(without, x, 64)).toBe(64)
})

test('detail: model is the picture, enlarged', async () => {
  const result = await restore(grey, { detail: 'model' })
  expect(new Set(result)).toEqual(new Set([128]))
})

test('a photo that the working size can hold gets the picture as it is', async () => {
  const size = { width: 64, height: 32 }
  const picture = Float32Array.from({ length: plane }, (_, i) => ((i % 97) - 48) / 50)
  const small = visible.subarray(0, plane)
  const parts = { picture, reference: grey, workingSize, visible: small, photo: size, plan, motion }
  const whole = { ...parts, affected: [], region: Array.from({ length: 32 }, (_, i) => i) }
  const result = await restored(whole, { pixelComposite: true, detail: 'photo', seed: 1 })
  expect(Buffer.compare(result, rgbOf(picture, size))).toBe(0)
})

test('a thing that moves by a fraction of a pixel is sampled between pixels', async () => {
  const by = { handle: { x: 48, y: 64 }, target: { x: 144.5, y: 64 } }
  const result = await restore(grey, { known: { power: 2, parts: [[by]] } })
  // Half a pixel of a stripe of four: the bicubic mean of neighbours, 9/8 of the near two less 1/8 of
  // the far two.
  inTargets((x, y) => {
    const [a, b, c, d] = [-98, -97, -96, -95].map((shift) => stripe(x + shift)) as [
      number,
      number,
      number,
      number,
    ]
    const expected = (9 * (b + c) - a - d) / 16
    expect(Math.abs(pixel(result, x, y) - expected)).toBeLessThan(1.5)
  })
})
