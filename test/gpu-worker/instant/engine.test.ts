/** Edits without a transformer, from a photo's bytes to the bytes of the result. */

import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { EditJob } from '../../../gpu-worker/engine.ts'
import { editOnThread } from '../../../gpu-worker/instant/edit-on-thread.ts'
import { instantEngine } from '../../../gpu-worker/instant/engine.ts'
import { scenes } from '../../../samples/scenes.ts'
import type { Drag, Size } from '../../../shared/drag.ts'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { EditSettings, withModel } from '../../../shared/edit/settings.ts'
import { planRequest, workOf } from '../../../shared/edit/work.ts'
import { EditError } from '../../../shared/errors.ts'
import { whiteOn } from '../../fixtures/drawing.ts'
import { measure, readSample } from '../../fixtures/pictures.ts'
import { rectangleMask } from '../../fixtures/png.ts'

const engine = instantEngine(null, null, { version: '1' })
const never = new AbortController().signal
const drag = (fromX: number, fromY: number, toX: number, toY: number): Drag => ({
  handle: { x: fromX, y: fromY },
  target: { x: toX, y: toY },
})

async function jobOf(
  photo: Uint8Array,
  photoSize: Size,
  mask: Uint8Array | null,
  fields: Record<string, unknown>,
): Promise<EditJob> {
  const settings = withModel(EditSettings.parse({ seed: 7, ...fields }), 'instant')
  const { workingSize, grid, work } = await workOf(photoSize, settings, mask)
  const { sampler } = resolveSettings(settings, () => 7)
  return { photo, photoSize, workingSize, grid, work, sampler }
}

const SIZE = { width: 320, height: 240 }
/** Every pixel differs from its neighbours, so that a change of any is visible. */
const colour = (x: number, y: number): readonly number[] => [x % 251, y, (x * 7 + y * 13) % 97]

/** A photo of {@link colour}. @param alpha by pixel */
function speckled(alpha?: (x: number, y: number) => number): Promise<Buffer> {
  const channels = alpha === undefined ? 3 : 4
  const data = new Uint8Array(channels * SIZE.width * SIZE.height)
  for (let y = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++) {
      const pixel = alpha === undefined ? colour(x, y) : [...colour(x, y), alpha(x, y)]
      data.set(pixel, channels * (y * SIZE.width + x))
    }
  return sharp(data, { raw: { ...SIZE, channels } })
    .png()
    .toBuffer()
}

const raw = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer()

/** Whether a pixel of the result is the photo's pixel (fromX, fromY). */
function has(pixels: Buffer, x: number, y: number, fromX: number, fromY: number): boolean {
  const at = (pixels.length / (SIZE.width * SIZE.height)) * (y * SIZE.width + x)
  return colour(fromX, fromY).every((value, k) => pixels[at + k] === value)
}

describe('the result', () => {
  test.each(scenes.map(({ name }) => name))(
    '%s: moves, vacates its place, lands near its target, and changes nothing else',
    async (name) => {
      const sample = await readSample(name)
      // The plan's tokens move by the paper's field.
      const fields = { drags: sample.drags, field: 'inverse-distance' }
      const job = await jobOf(sample.photo, sample.size, sample.mask, fields)
      const steps: number[] = []
      const result = await engine(job, (step) => steps.push(step), never)
      const settings = withModel(EditSettings.parse(fields), 'instant')
      const { plan } = await planRequest(sample.size, settings, sample.mask)
      const metrics = await measure(sample, Buffer.from(result.bytes), job.workingSize, plan)
      expect(metrics.moved).toBeGreaterThanOrEqual(0.9)
      expect(metrics.left).toBeLessThanOrEqual(0.5)
      expect(metrics.distance).toBeLessThanOrEqual(1)
      expect(metrics.changedOutside).toBe(0)
      expect(steps).toEqual([1, 2, 3])
      expect(Object.keys(result.timings)).toEqual([
        ...['decode', 'mask', 'cut-out', 'fill', 'draw', 'write'],
      ])
      expect(result.record).toMatchObject({
        engine: { version: '1' },
        plan: { grid: plan.grid, targets: plan.targets.length },
      })
    },
  )

  test('a line of three pixels moves, by less than a token', async () => {
    const mask = await rectangleMask(SIZE.width, SIZE.height, 100, 60, 103, 160)
    const job = await jobOf(Buffer.from(mask), SIZE, mask, { drags: [drag(101, 100, 106, 100)] })
    const result = await engine(job, () => {}, never)
    const pixels = await sharp(result.bytes).greyscale().raw().toBuffer()
    for (const y of [70, 100, 150]) {
      const row = [...pixels.subarray(SIZE.width * y + 96, SIZE.width * y + 112)]
      // The three columns are bright where the line is dragged to; its old place is dark.
      expect(Math.min(...row.slice(9, 12))).toBeGreaterThan(200)
      expect(Math.max(...row.slice(0, 8), ...row.slice(13))).toBeLessThan(60)
    }
    expect(result.record.warnings ?? []).toEqual([])
  })

  test('the same seed gives the same bytes', async () => {
    const mask = await rectangleMask(SIZE.width, SIZE.height, 100, 60, 150, 110)
    const job = await jobOf(await speckled(), SIZE, mask, { drags: [drag(120, 80, 200, 90)] })
    const [one, other] = await Promise.all([
      engine(job, () => {}, never),
      engine(job, () => {}, never),
    ])
    expect(Buffer.from(one.bytes).equals(Buffer.from(other.bytes))).toBe(true)
  })
})

describe('what has to stay', () => {
  test('a pin holds a part of the mask, although something is dragged onto it', async () => {
    const two = await sharp(await rectangleMask(SIZE.width, SIZE.height, 40, 60, 90, 110))
      .composite([
        {
          input: { create: { width: 20, height: 20, channels: 3, background: '#fff' } },
          left: 200,
          top: 70,
        },
      ])
      .png()
      .toBuffer()
    const drags = [drag(60, 80, 200, 80), drag(210, 80, 210, 80)]
    const job = await jobOf(await speckled(), SIZE, two, { drags })
    const pixels = await raw((await engine(job, () => {}, never)).bytes)
    for (let y = 70; y < 90; y++)
      for (let x = 200; x < 220; x++) expect(has(pixels, x, y, x, y)).toBe(true)
    expect(has(pixels, 190, 80, 190, 80)).toBe(false)
  })

  test.each([
    // The thing turns about its pin.
    ['rigid', 1],
    ['inverse-distance', 3],
  ])(
    'on a thing that moves, a pin holds the pixels around it that keep their place: %s',
    async (field, reach) => {
      const mask = await rectangleMask(SIZE.width, SIZE.height, 60, 60, 200, 120)
      const drags = [drag(70, 90, 70, 130), drag(190, 90, 190, 90)]
      const job = await jobOf(await speckled(), SIZE, mask, { drags, field })
      const pixels = await raw((await engine(job, () => {}, never)).bytes)
      for (let x = 190 - reach; x < 190 + reach; x++) expect(has(pixels, x, 90, x, 90)).toBe(true)
      expect(has(pixels, 70, 90, 70, 90)).toBe(false)
    },
  )

  test('no pixel outside an editable mask changes, and the record says what was found', async () => {
    const photo = await sharp(await speckled())
      .composite([
        {
          input: { create: { width: 50, height: 50, channels: 3, background: '#e62' } },
          left: 90,
          top: 80,
        },
      ])
      .removeAlpha()
      .png()
      .toBuffer()
    const within = await rectangleMask(SIZE.width, SIZE.height, 60, 60, 220, 160)
    const fields = { drags: [drag(115, 105, 175, 105)], maskKind: 'editable' }
    const job = await jobOf(photo, SIZE, within, fields)
    const result = await engine(job, () => {}, never)
    const [before, after] = await Promise.all([raw(photo), raw(result.bytes)])
    let [inside, outside] = [0, 0]
    for (let i = 0; i < before.length; i++) {
      if (before[i] === after[i]) continue
      const [x, y] = [Math.floor(i / 3) % SIZE.width, Math.floor(i / 3 / SIZE.width)]
      if (x >= 60 && x < 220 && y >= 60 && y < 160) inside++
      else outside++
    }
    expect(outside).toBe(0)
    expect(inside).toBeGreaterThan(3000)
    expect(result.record).toMatchObject({ mask: { foundBy: 'colours' }, warnings: [] })
  })

  test('a drag that what stays has shortened is a warning', async () => {
    const pole = { width: 20, height: 200, channels: 3 as const, background: '#c22' }
    const photo = await sharp({ create: { ...SIZE, channels: 3, background: '#888' } })
      .composite([{ input: { create: pole }, left: 150, top: 40 }])
      .png()
      .toBuffer()
    const mask = whiteOn(SIZE, [150, 40, 20, 200])
    const sam = {
      candidates: async () => [{ mask, score: 0.9 }],
      refine: () => Promise.reject(new Error('nothing is refined')),
    }
    const within = await rectangleMask(SIZE.width, SIZE.height, 140, 30, 260, 120)
    const fields = { drags: [drag(160, 112, 240, 112)], maskKind: 'editable' }
    const job = await jobOf(photo, SIZE, within, fields)
    const { record } = await instantEngine(sam, null, { version: '1' })(job, () => {}, never)
    // The pole stays from 8.5 pixels below: three times as far is 5/16 of 80 pixels.
    expect(record.warnings).toMatchObject([{ code: 'drag_shortened', drag: 0, share: 5 / 16 }])
  })

  test('without a mask, a place stretches to no more than twice', async () => {
    const sam = {
      candidates: async () => [],
      refine: () => Promise.reject(new Error('nothing is refined')),
    }
    // The upper frame is 10 pixels above: as far is a quarter of 40 pixels.
    const job = await jobOf(await speckled(), SIZE, null, { drags: [drag(150, 10, 150, 50)] })
    const { record } = await instantEngine(sam, null, { version: '1' })(job, () => {}, never)
    expect(record.warnings).toMatchObject([
      { code: 'thing_not_found' },
      { code: 'drag_shortened', drag: 0, share: 1 / 4 },
    ])
  })

  test('transparency moves with the thing, and the bytes under it stay', async () => {
    const square = (x: number, y: number) => x >= 100 && y >= 60 && x < 150 && y < 110
    const photo = await speckled((x, y) => (square(x, y) ? 255 : 0))
    const mask = await rectangleMask(SIZE.width, SIZE.height, 100, 60, 150, 110)
    const job = await jobOf(photo, SIZE, mask, { drags: [drag(120, 80, 200, 80)] })
    const pixels = await raw((await engine(job, () => {}, never)).bytes)
    const alpha = (x: number, y: number) => pixels[4 * (y * SIZE.width + x) + 3]
    expect([alpha(125, 85), alpha(205, 85), alpha(20, 20)]).toEqual([0, 255, 0])
    expect(has(pixels, 205, 85, 125, 85)).toBe(true)
    expect(has(pixels, 20, 20, 20, 20)).toBe(true)
  })
})

test('who wants pictures gets one before the hole is filled: what moved is there, its old place is smooth', async () => {
  // Twice as large as the thumbnail, red on grey, with a stripe that a fill would continue.
  const size = { width: 512, height: 384 }
  const data = new Uint8Array(3 * size.width * size.height).fill(120)
  const paint = (left: number, top: number, colour: readonly number[]) => {
    for (let y = top; y < top + 80; y++)
      for (let x = left; x < left + 80; x++) data.set(colour, 3 * (y * size.width + x))
  }
  paint(80, 150, [220, 20, 20])
  const photo = await sharp(data, { raw: { ...size, channels: 3 } })
    .png()
    .toBuffer()
  const mask = await rectangleMask(size.width, size.height, 80, 150, 160, 230)
  const fields = { drags: [drag(120, 190, 370, 190)] }
  const job = await jobOf(photo, size, mask, fields)
  const told: [number, number, string | undefined][] = []
  const progress = (...news: [number, number, string?]) =>
    told.push([news[0], news[1], news[2]?.slice(0, 23)])
  let preview = ''
  const result = await engine(
    { ...job, previews: true },
    (step, steps, picture) => {
      preview = picture ?? preview
      progress(step, steps, picture)
    },
    never,
  )
  expect(told).toEqual([
    [1, 3, 'data:image/webp;base64,'],
    [2, 3, undefined],
    [3, 3, undefined],
  ])
  const small = sharp(Buffer.from(preview.split(',')[1] ?? '', 'base64'))
  expect(await small.metadata()).toMatchObject({ width: 256, height: 192, hasAlpha: false })
  const look = await small.raw().toBuffer()
  const at = (x: number, y: number) => [...look.subarray(3 * (y * 256 + x), 3 * (y * 256 + x) + 3)]
  const near = (one: readonly number[], other: readonly number[]) =>
    Math.max(...one.map((value, i) => Math.abs(value - (other[i] ?? 0))))
  expect(near(at(185, 95), [220, 20, 20])).toBeLessThan(25)
  expect(near(at(60, 95), [120, 120, 120])).toBeLessThan(25)
  expect(near(at(20, 20), [120, 120, 120])).toBeLessThan(8)
  // Nobody who asks for none has to wait for one, and the picture is the same.
  const plain: unknown[] = []
  const other = await engine(job, (...news) => plain.push(news.length < 3 || news[2]), never)
  expect(plain).toEqual([undefined, undefined, undefined])
  expect(Buffer.from(other.bytes).equals(Buffer.from(result.bytes))).toBe(true)
})

test('the next edit runs on the same thread, also after a refusal, but not after an abort', async () => {
  const mask = await rectangleMask(SIZE.width, SIZE.height, 100, 60, 150, 110)
  const fields = { drags: [drag(120, 80, 200, 90)] }
  const job = await jobOf(await speckled(), SIZE, mask, fields)
  const edit = { drags: job.work.kind === 'instant' ? job.work.drags : [] }
  const visible = new Uint8Array(3 * SIZE.width * SIZE.height)
  const refused = async () => {
    const planes = { ...SIZE, rgb: visible.slice(), alpha: null, visible }
    const nothing = { ...SIZE, data: new Uint8Array(SIZE.width * SIZE.height) }
    const asked = { ...edit, mask: nothing, geometry: {}, seed: 1, within: null }
    await editOnThread(planes, asked as never, null, never, () => {})
  }
  let started = 0
  const count = () => started++
  // Whatever is there has ended, or is this.
  const one = await engine(job, () => {}, never)
  process.on('worker', count)
  try {
    const other = await engine(job, () => {}, never)
    expect(Buffer.from(one.bytes).equals(Buffer.from(other.bytes))).toBe(true)
    await expect(refused()).rejects.toBeInstanceOf(EditError)
    await engine(job, () => {}, never)
    expect(started).toBe(0)
    const abort = new AbortController()
    const stop = () => abort.abort(new Error('stop'))
    await expect(engine(job, stop, abort.signal)).rejects.toThrow('stop')
    await engine(job, () => {}, never)
    expect(started).toBe(1)
  } finally {
    process.off('worker', count)
  }
})

describe('a run that is aborted', () => {
  test('ends at once, whatever its thread is doing', async () => {
    const mask = await rectangleMask(SIZE.width, SIZE.height, 40, 40, 160, 160)
    const job = await jobOf(await speckled(), SIZE, mask, { drags: [drag(80, 80, 220, 90)] })
    const abort = new AbortController()
    const steps: number[] = []
    const stop = (step: number) => {
      steps.push(step)
      abort.abort(new Error('stop'))
    }
    await expect(engine(job, stop, abort.signal)).rejects.toThrow('stop')
    expect(steps).toEqual([1])
  })

  test('before it began does nothing', async () => {
    const mask = await rectangleMask(SIZE.width, SIZE.height, 40, 40, 160, 160)
    const job = await jobOf(await speckled(), SIZE, mask, { drags: [drag(80, 80, 220, 90)] })
    await expect(engine(job, () => {}, AbortSignal.abort(new Error('stop')))).rejects.toThrow(
      'stop',
    )
  })
})

test('the work of a transformer is refused', async () => {
  const job = await jobOf(
    await speckled(),
    SIZE,
    await rectangleMask(SIZE.width, SIZE.height, 40, 40, 160, 160),
    { drags: [drag(80, 80, 220, 90)], model: 'embedded' },
  )
  await expect(engine(job, () => {}, never)).rejects.toThrow('instant cannot do planned work')
})
