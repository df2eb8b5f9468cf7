import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OpenBackbone } from '../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../gpu-worker/backbones/registry.ts'
import { editPhoto } from '../../gpu-worker/edit.ts'
import { scenes } from '../../samples/scenes.ts'
import { resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { workOf } from '../../shared/edit/work.ts'
import { measure, readSample, type Sample } from '../fixtures/pictures.ts'
import { settingsOf } from '../fixtures/settings.ts'
import { sized } from '../size.ts'

let backbone: OpenBackbone
beforeAll(async () => {
  backbone = await openBackbone(
    'embedded',
    { cache: join(tmpdir(), 'contextdrag-test-checkpoints') },
    { provider: 'cpu', threads: 1 },
  )
})
afterAll(() => backbone.close())

const never = new AbortController().signal

async function prepare(sample: Sample, options: Record<string, unknown> = {}) {
  const settings = settingsOf({ drags: sample.drags, seed: 7, ...options })
  const { workingSize, grid, work } = await workOf(sample.size, settings, sample.mask)
  const { sampler } = resolveSettings(settings, () => 7)
  return { photo: sample.photo, photoSize: sample.size, workingSize, grid, work, sampler }
}

describe('the result', () => {
  test.each(scenes.map(({ name }) => name))(
    '%s: moves, vacates its place, lands near its target, and changes nothing else',
    async (name) => {
      const sample = await readSample(name, sized(0.5, 1))
      const job = await prepare(sample)
      const result = await editPhoto(job, backbone, () => {}, never)
      const metrics = await measure(sample, Buffer.from(result.bytes), job.workingSize, result.plan)
      expect(metrics.moved).toBeGreaterThanOrEqual(0.9)
      expect(metrics.left).toBeLessThanOrEqual(0.5)
      expect(metrics.distance).toBeLessThanOrEqual(1)
      expect(metrics.changedOutside).toBe(0)
      expect({ width: result.width, height: result.height }).toEqual(sample.size)
    },
  )
})

describe('an editable mask', () => {
  const size = { width: 512, height: 256 }
  /** A red disc on a checked ramp, where a change of any pixel is visible. */
  const discPhoto = () => {
    const rgb = new Uint8Array(3 * size.width * size.height)
    for (let y = 0; y < size.height; y++)
      for (let x = 0; x < size.width; x++) {
        const disc = (x - 175) ** 2 + (y - 125) ** 2 < 37 ** 2
        const checked = 90 + 60 * (((x >> 2) + (y >> 2)) % 2)
        rgb.set(disc ? [230, 40, 30] : [x >> 1, y, checked], 3 * (y * size.width + x))
      }
    return rgb
  }
  const white = { left: 100, top: 50, width: 153, height: 150 }

  // Tokens are 8 pixels wide, so the right border, 253, is inside a token.
  test.each([
    ['its own size', 1],
    ['a smaller size', 4],
  ])('of %s: no pixel outside it changes', async (_, shrink) => {
    const { width, height } = { width: size.width / shrink, height: size.height / shrink }
    const isWhite = (x: number, y: number) =>
      x >= white.left / shrink &&
      x < (white.left + white.width) / shrink &&
      y >= white.top / shrink &&
      y < (white.top + white.height) / shrink
    const grey = Uint8Array.from({ length: width * height }, (_, i) =>
      isWhite(i % width, Math.floor(i / width)) ? 255 : 0,
    )
    const mask = await sharp(grey, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer()
    const before = discPhoto()
    const photo = await sharp(before, { raw: { ...size, channels: 3 } })
      .png()
      .toBuffer()
    const drags = [{ handle: { x: 175, y: 125 }, target: { x: 240, y: 125 } }]
    const settings = settingsOf({ drags, seed: 1, steps: sized(1, 2), maskKind: 'editable' })
    const { sampler } = resolveSettings(settings, () => 1)
    const job = { photo, photoSize: size, ...(await workOf(size, settings, mask)), sampler }
    const { bytes } = await editPhoto(job, backbone, () => {}, never)
    const after = await sharp(bytes).removeAlpha().raw().toBuffer()
    const changed = { inside: 0, outside: 0, beside: 0 }
    for (let i = 0; i < size.width * size.height; i++) {
      if ([0, 1, 2].every((k) => after[3 * i + k] === before[3 * i + k])) continue
      const x = i % size.width
      const y = Math.floor(i / size.width)
      const on = isWhite(Math.floor(x / shrink), Math.floor(y / shrink))
      changed[on ? 'inside' : 'outside']++
      if (on && x >= 248) changed.beside++
    }
    expect(changed.outside).toBe(0)
    expect(changed.inside).toBeGreaterThan(2000)
    // The part of a token inside the mask does change.
    expect(changed.beside).toBeGreaterThan(0)
  })
})

test('a sticker is opaque where it lands, and its old place transparent', async () => {
  const size = { width: 320, height: 192 }
  const inDisc = (i: number) => ((i % 320) - 110) ** 2 + (Math.floor(i / 320) - 90) ** 2 < 900
  const pixels = Uint8Array.from({ length: 4 * 320 * 192 }, (_, i) =>
    inDisc(i >> 2) ? ([221, 40, 30, 255][i & 3] as number) : ([90, 140, 100, 0][i & 3] as number),
  )
  const photo = await sharp(pixels, { raw: { ...size, channels: 4 } })
    .png()
    .toBuffer()
  const disc = Uint8Array.from({ length: 320 * 192 }, (_, i) => (inDisc(i) ? 255 : 0))
  const mask = await sharp(disc, { raw: { ...size, channels: 1 } })
    .png()
    .toBuffer()
  const drags = [{ handle: { x: 110, y: 90 }, target: { x: 210, y: 90 } }]
  const settings = settingsOf({ drags, seed: 1 })
  const { sampler } = resolveSettings(settings, () => 1)
  const job = { photo, photoSize: size, ...(await workOf(size, settings, mask)), sampler }
  const { bytes } = await editPhoto(job, backbone, () => {}, never)
  const after = await sharp(bytes).raw().toBuffer()
  const opaque = { left: 0, right: 0 }
  for (let i = 0; i < 320 * 192; i++)
    if (after[4 * i + 3] === 255) opaque[i % 320 < 160 ? 'left' : 'right']++
  const area = disc.filter((value) => value === 255).length
  expect(opaque).toEqual({ left: 0, right: area })
  expect(after[4 * (90 * 320 + 210) + 3]).toBe(255)
})

describe('a run', () => {
  const small = async (format: 'png' | 'jpeg' | 'webp' = 'png') => {
    const sample = await readSample('balloon')
    const photo = await sharp(sample.photo).resize(192, 128).png().toBuffer()
    const scale = (p: { x: number; y: number }) => ({ x: p.x / 4, y: p.y / 4 })
    const drags = sample.drags.map(({ handle, target }) => ({
      handle: scale(handle),
      target: scale(target),
    }))
    const size = { width: 192, height: 128 }
    const settings = settingsOf({ drags, seed: 1, steps: 3, output: { format } })
    const { workingSize, grid, work } = await workOf(size, settings, sample.mask)
    return {
      photo,
      photoSize: size,
      workingSize,
      grid,
      work,
      sampler: resolveSettings(settings, () => 1).sampler,
    }
  }

  test('reports each step and the duration of every stage', async () => {
    const steps: string[] = []
    const { timings } = await editPhoto(
      await small(),
      backbone,
      (step, of) => steps.push(`${step}/${of}`),
      never,
    )
    expect(steps).toEqual(['1/3', '2/3', '3/3'])
    expect(Object.keys(timings)).toEqual([
      'decode',
      'resize',
      'encode',
      'text',
      'denoise',
      'generate',
      'restore',
      'composite',
      'write',
    ])
  })

  test('with the same seed is identical to the byte', async () => {
    const job = await small()
    const [a, b] = [
      await editPhoto(job, backbone, () => {}, never),
      await editPhoto(job, backbone, () => {}, never),
    ]
    expect(Buffer.compare(a.bytes, b.bytes)).toBe(0)
  })

  test.each(['png', 'jpeg', 'webp'] as const)('writes %s', async (format) => {
    const { bytes } = await editPhoto(await small(format), backbone, () => {}, never)
    expect(await sharp(bytes).metadata()).toMatchObject({ format, width: 192, height: 128 })
  })

  test('stops after the step in which it was canceled', async () => {
    const abort = new AbortController()
    const steps: number[] = []
    const run = editPhoto(
      await small(),
      backbone,
      (step) => {
        steps.push(step)
        abort.abort(new Error('enough'))
      },
      abort.signal,
    )
    await expect(run).rejects.toThrow('enough')
    expect(steps).toEqual([1])
  })

  test('rejects a truncated photo, and one of another size than planned', async () => {
    const job = await small()
    const cut = editPhoto({ ...job, photo: job.photo.subarray(0, 2000) }, backbone, () => {}, never)
    await expect(cut).rejects.toMatchObject({ code: 'image_truncated' })
    const other = editPhoto(
      { ...job, photoSize: { width: 128, height: 192 } },
      backbone,
      () => {},
      never,
    )
    await expect(other).rejects.toThrow(/the edit is for a photo of 128x192; the photo is 192x128/)
  })
})

test('a backbone of another kind: three features per token, no packing, conditioning on the photo', async () => {
  const size = { width: 64, height: 64 }
  const grid = { rows: 4, cols: 4 }
  const colour = { r: 200, g: 100, b: 50 }
  const photo = await sharp({ create: { ...size, channels: 3, background: colour } })
    .png()
    .toBuffer()
  const asked: unknown[] = []
  /** Each token is the mean colour of its 16 x 16 pixels; the velocity points straight to it. */
  const mosaic: OpenBackbone<{ readonly prompt: string; readonly first: number }> = {
    compute: 'F32',
    fingerprint: '',
    insideSession: { milliseconds: 0 },
    encode: async ({ pixels }) =>
      Float32Array.from({ length: 48 }, (_, i) => pixels[(i % 3) * 64 * 64] as number),
    condition: async ({ prompt, photo: { pixels } }) => ({ prompt, first: pixels[0] as number }),
    schedule: (steps, tokens) => {
      asked.push({ steps, tokens })
      return [1, 0]
    },
    noise: (seed) => new Float32Array(48).fill(seed),
    velocity: ({ conditioning, reference, guidance }) => {
      asked.push({ ...conditioning, guidance })
      return async (x, sigma) => x.map((value, i) => (value - (reference[i] as number)) / sigma)
    },
    decode: async (latents) =>
      Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => latents[Math.floor(i / 4096)] as number),
    previews: () => (latents) => {
      asked.push(latents.length)
      return { width: 1, height: 1, rgb: Uint8Array.of(1, 2, 3) }
    },
    close: async () => {},
  }
  const plan = {
    grid,
    sourceMask: [0],
    targets: [1],
    sources: [0],
    view: { tokens: [0], positions: [1] },
    doubleView: [0],
    editRegion: [0, 1],
  }
  const { sampler } = resolveSettings(
    settingsOf({
      drags: [{ handle: { x: 1, y: 1 }, target: { x: 20, y: 1 } }],
      prompt: 'a mosaic',
      steps: 1,
      seed: 5,
      pixelComposite: false,
    }),
    () => 5,
  )
  const work = { kind: 'planned', plan } as const
  const job = { photo, photoSize: size, workingSize: size, grid, work, sampler, previews: true }
  const { bytes } = await editPhoto(job, mosaic, () => {}, never)
  const red = (2 * colour.r) / 255 - 1
  expect(asked).toEqual([
    { steps: 1, tokens: 16 },
    { prompt: 'a mosaic', first: expect.closeTo(red, 5), guidance: null },
    48,
  ])
  const { channels } = await sharp(bytes).stats()
  expect(channels.map(({ min, max }) => [min, max])).toEqual([
    [200, 200],
    [100, 100],
    [50, 50],
  ])
})

describe('pins', () => {
  const size = { width: 512, height: 256 }
  const isIn = (x: number, y: number, cx: number) => (x - cx) ** 2 + (y - 125) ** 2 < 37 ** 2
  /** Two discs on a checked ramp, where a change of any pixel is visible. */
  const before = Uint8Array.from({ length: 3 * size.width * size.height }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % size.width, Math.floor(i / 3 / size.width)]
    const checked = 90 + 60 * (((x >> 2) + (y >> 2)) % 2)
    if (isIn(x, y, 160)) return [230, 40, checked][i % 3] as number
    return (isIn(x, y, 263) ? [20, checked, 210] : [x >> 1, y, checked])[i % 3] as number
  })
  const pngOf = (data: Uint8Array, channels: 1 | 3) =>
    sharp(data, { raw: { ...size, channels } })
      .png()
      .toBuffer()
  const discs = Uint8Array.from({ length: size.width * size.height }, (_, i) => {
    const [x, y] = [i % size.width, Math.floor(i / size.width)]
    return isIn(x, y, 160) || isIn(x, y, 263) ? 255 : 0
  })
  const edited = async (drags: unknown, options: Record<string, unknown> = {}) => {
    const settings = settingsOf({ drags, seed: 1, steps: sized(1, 2), ...options })
    const { sampler } = resolveSettings(settings, () => 1)
    const work = await workOf(size, settings, await pngOf(discs, 1))
    const job = { photo: await pngOf(before, 3), photoSize: size, ...work, sampler }
    const { bytes } = await editPhoto(job, backbone, () => {}, never)
    return sharp(bytes).removeAlpha().raw().toBuffer()
  }
  const changedWhere = (after: Uint8Array, counts: (x: number, y: number) => boolean) => {
    let changed = 0
    for (let i = 0; i < size.width * size.height; i++)
      if (
        counts(i % size.width, Math.floor(i / size.width)) &&
        [0, 1, 2].some((k) => after[3 * i + k] !== before[3 * i + k])
      )
        changed++
    return changed
  }
  const moved = { handle: { x: 160, y: 125 }, target: { x: 204, y: 125 } }
  const pinAt = (x: number, y: number) => ({ handle: { x, y }, target: { x, y } })

  test('a pinned thing keeps every pixel, though another is dragged onto it', async () => {
    const pinned = (x: number, y: number) => isIn(x, y, 263)
    expect(changedWhere(await edited([moved]), pinned)).toBeGreaterThan(100)
    const after = await edited([moved, pinAt(263, 125)])
    expect(changedWhere(after, pinned)).toBe(0)
    expect(changedWhere(after, (x, y) => isIn(x, y, 160))).toBeGreaterThan(1000)
  })

  test('a pin on the thing that moves, or where it lands, keeps every pixel of its token', async () => {
    for (const [x, y] of [
      [128, 125],
      [210, 70],
      [216.4, 130.2],
    ] as const) {
      const after = await edited([moved, pinAt(x, y)])
      const [col, row] = [Math.floor(x / 8), Math.floor(y / 8)]
      const inToken = (px: number, py: number) => px >> 3 === col && py >> 3 === row
      expect(changedWhere(after, inToken), `${x}, ${y}`).toBe(0)
    }
  })
})

test('what is hidden under full transparency shows nowhere in the result', async () => {
  const size = { width: 320, height: 192 }
  const inDisc = (i: number) => ((i % 320) - 110) ** 2 + (Math.floor(i / 320) - 90) ** 2 < 900
  const sticker = async (hidden: readonly number[]) => {
    const pixels = Uint8Array.from({ length: 4 * 320 * 192 }, (_, i) =>
      inDisc(i >> 2) ? ([221, 40, 30, 255][i & 3] as number) : (hidden[i & 3] as number),
    )
    const photo = await sharp(pixels, { raw: { ...size, channels: 4 } })
      .png()
      .toBuffer()
    const disc = Uint8Array.from({ length: 320 * 192 }, (_, i) => (inDisc(i) ? 255 : 0))
    const mask = await sharp(disc, { raw: { ...size, channels: 1 } })
      .png()
      .toBuffer()
    const drags = [{ handle: { x: 110, y: 90 }, target: { x: 200, y: 90 } }]
    const settings = settingsOf({ drags, seed: 1 })
    const { sampler } = resolveSettings(settings, () => 1)
    const job = { photo, photoSize: size, ...(await workOf(size, settings, mask)), sampler }
    const { bytes } = await editPhoto(job, backbone, () => {}, never)
    return sharp(bytes).raw().toBuffer()
  }
  const [green, white] = [await sticker([0, 255, 0, 0]), await sticker([255, 255, 255, 0])]
  let visible = 0
  for (let at = 0; at < green.length; at += 4) {
    expect(green[at + 3]).toBe(white[at + 3])
    if (green[at + 3] === 0) continue
    visible++
    for (let k = at; k < at + 3; k++) if (green[k] !== white[k]) expect.fail(`pixel ${at / 4}`)
  }
  expect(visible).toBeGreaterThan(2500)
})
